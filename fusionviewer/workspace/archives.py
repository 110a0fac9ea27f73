"""The archives that the user has set up: in the settings, without their secrets."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

from fusionviewer.errors import PacsError
from fusionviewer.texts import text as _

if TYPE_CHECKING:
    from fusionviewer.pacs.service import AnyArchive

OWN_TITLE = "FUSIONVIEWER"
ADDRESS = r"([^@]+)@(\[[^\]]+\]|[^:@]+):(\d{1,5})"


class ArchiveEntry(BaseModel):
    """One archive under a name.

    Attributes:
        kind: "dimse" is found by title, host and port, "web" by its address.
        secret: what it wants besides a name: nothing, a password, or a bearer token. It is in the
            system's key store, never here.
        receive_port: listen there, at `receive_host`, for what is fetched; 0 listens nowhere.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str = Field(min_length=1, max_length=64)
    kind: Literal["dimse", "web"] = "dimse"
    title: str = Field(default="", max_length=16)
    host: str = Field(default="", max_length=255)
    port: int = Field(default=104, ge=1, le=65535)
    own_title: str = Field(default=OWN_TITLE, max_length=16)
    receive_host: str = Field(default="127.0.0.1", max_length=255)
    receive_port: int = Field(default=0, ge=0, le=65535)
    url: str = Field(default="", max_length=1000)
    user: str = Field(default="", max_length=255)
    secret: Literal["none", "password", "token"] = "none"
    tls: bool = False
    certificates: str = Field(default="", max_length=1000)

    @property
    def address(self) -> str:
        return self.url if self.kind == "web" else f"{self.title}@{self.host}:{self.port}"


def entry_at(name: str, address: str, **more: object) -> ArchiveEntry:
    """The archive at TITLE@HOST:PORT or https://…, under a name.

    Raises:
        PacsError: `address` has another form, or the name is none.
    """
    found = re.fullmatch(ADDRESS, address)
    if not name.strip() or "@" in name or "/" in name:
        raise PacsError(
            _("“{name}” is no name for an archive.", name=name), _("Take letters and numbers.")
        )
    if address.startswith(("http://", "https://")):
        return ArchiveEntry.model_validate({"name": name, "kind": "web", "url": address, **more})
    if found is None or not 0 < int(found[3]) < 65536:
        raise PacsError(
            _("“{address}” is no address of an archive.", address=address),
            _("Write TITLE@HOST:PORT, as in PACS@10.0.0.5:104, or https://HOST/dicom-web."),
        )
    said = {"name": name, "title": found[1][:17], "host": found[2].strip("[]"), "port": found[3]}
    try:
        return ArchiveEntry.model_validate(said | more)
    except ValueError as error:
        raise PacsError(
            _("“{found}” is no title of an archive.", found=found[1]),
            _("Titles have 1 to 16 plain characters."),
        ) from error


def archive_of(entry: ArchiveEntry, secret: str = "") -> "AnyArchive":
    """What the network part talks to.

    Raises:
        PacsError: a title, port or address that cannot be.
    """
    from fusionviewer.pacs.archive import Archive  # the network part may not be installed
    from fusionviewer.pacs.web import WebArchive

    certificates = Path(entry.certificates).expanduser() if entry.certificates else None
    if entry.kind == "web":
        return WebArchive(
            entry.url,
            user=entry.user,
            password=secret if entry.secret == "password" else "",
            token=secret if entry.secret == "token" else "",
            certificates=certificates,
        )
    receiver = (entry.receive_host, entry.receive_port) if entry.receive_port else None
    return Archive(
        entry.host, entry.port, entry.title, entry.own_title,
        tls=entry.tls, certificates=certificates, receiver=receiver,
    )  # fmt: skip


def with_archive(
    archives: tuple[ArchiveEntry, ...], entry: ArchiveEntry, instead_of: str = ""
) -> tuple[ArchiveEntry, ...]:
    """With `entry`, instead of one of the same name or of the name it had before."""
    return (*without_archive(without_archive(archives, entry.name), instead_of), entry)


def without_archive(archives: tuple[ArchiveEntry, ...], name: str) -> tuple[ArchiveEntry, ...]:
    return tuple(one for one in archives if one.name != name)
