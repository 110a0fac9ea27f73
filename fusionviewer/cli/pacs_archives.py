"""Which archive a word of the command line means; and the list of those set up."""

import getpass
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fusionviewer.errors import PacsError
from fusionviewer.workspace.archives import (
    ArchiveEntry,
    archive_of,
    entry_at,
    with_archive,
    without_archive,
)
from fusionviewer.workspace.settings import load_settings, save_settings

if TYPE_CHECKING:
    from fusionviewer.pacs.service import AnyArchive

archives_app = typer.Typer(
    help="Archives under a name, for `pacs` and the window.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def named(text: str, **more: object) -> "AnyArchive":
    """The archive of that name, or at that address.

    Args:
        more: attributes of `ArchiveEntry` that the command line says; they come before the settings.

    Raises:
        PacsError: no such archive; or its password is not known.
    """
    said = {key: value for key, value in more.items() if value}
    known = {entry.name: entry for entry in load_settings().archives}
    if text in known:
        entry = known[text].model_copy(update=said)
    elif "@" in text or "://" in text:
        entry = entry_at("archive", text, **said)
    else:
        names = ", ".join(known) or "none"
        raise PacsError(
            f"No archive is called “{text}”.",
            f"Set up: {names}. Or write TITLE@HOST:PORT, or https://HOST/dicom-web.",
        )
    return archive_of(entry, "" if entry.secret == "none" else _secret(entry.name))


def _secret(name: str) -> str:
    from fusionviewer.pacs.secrets import secret_of

    return secret_of(name)


@archives_app.command("list")
def list_command() -> None:
    """What is set up."""
    for entry in load_settings().archives:
        print(f"{entry.name}\t{entry.address}")


@archives_app.command("add")
def add_command(
    name: Annotated[str, typer.Argument(help="How you call it.")],
    address: Annotated[str, typer.Argument(help="TITLE@HOST:PORT, or https://HOST/dicom-web")],
    own: Annotated[str, typer.Option("--from", help="Our title there.")] = "FUSIONVIEWER",
    user: Annotated[
        str, typer.Option(help="For the web: asks for the password, and keeps it.")
    ] = "",
    bearer: Annotated[
        bool, typer.Option("--bearer", help="Asks for a bearer token instead.")
    ] = False,
    receive: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Listen there while fetching (C-MOVE).")
    ] = "",
    tls: Annotated[bool, typer.Option("--tls", help="Encrypted (DIMSE).")] = False,
    ca: Annotated[Path | None, typer.Option("--ca", help="Authorities to trust, as PEM.")] = None,
) -> None:
    """Set up an archive, or change one."""
    entry = entry_at(
        name, address, own_title=own, user=user, tls=tls,
        secret="token" if bearer else "password" if user else "none",
        certificates=str(ca.resolve()) if ca else "", **receiver(receive),
    )  # fmt: skip
    archive_of(entry, "x" if entry.secret != "none" else "")  # what cannot be is refused now
    if entry.secret != "none":
        _ask_secret(name, "Token" if bearer else "Password")
    _save(with_archive(load_settings().archives, entry))
    print(f"{name} is {entry.address}")


@archives_app.command("remove")
def remove_command(name: Annotated[str, typer.Argument(help="How you call it.")]) -> None:
    """Forget an archive, and its password."""
    from fusionviewer.pacs.secrets import forget_secret

    known = load_settings().archives
    if all(entry.name != name for entry in known):
        raise PacsError(f"No archive is called “{name}”.", "See: fusionviewer pacs archives list")
    forget_secret(name)
    _save(without_archive(known, name))
    print(f"Forgot {name}")


def receiver(text: str) -> dict[str, object]:
    """HOST:PORT, as attributes of `ArchiveEntry`."""
    if not text:
        return {}
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise typer.BadParameter("Write HOST:PORT, as in 10.0.0.7:11112.", param_hint="--receive")
    return {"receive_host": host.strip("[]"), "receive_port": int(port)}


def _ask_secret(name: str, what: str) -> None:
    from fusionviewer.pacs.secrets import VARIABLE, keep_secret

    if os.environ.get(VARIABLE):
        return  # for this run; what is in the environment is not kept
    secret = getpass.getpass(f"{what}: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
    keep_secret(name, secret)


def _save(archives: tuple[ArchiveEntry, ...]) -> None:
    """Raises: PacsError: the settings cannot be written."""
    if not save_settings(load_settings().model_copy(update={"archives": archives})):
        raise PacsError("The settings cannot be written.", "The disk may be full, or read-only.")
