"""`fusionviewer pacs echo|find|get|send`: an archive from the command line."""

import json as json_text
import sys
from pathlib import Path
from typing import Annotated

import typer

from fusionviewer.cli.progress import progress
from fusionviewer.errors import PacsError

pacs_app = typer.Typer(
    help="Ask an archive, fetch from it, and send to it (DICOM network).",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Address = Annotated[str, typer.Argument(metavar="ARCHIVE", help="TITLE@HOST:PORT")]
Own = Annotated[str, typer.Option("--from", help="How this program is called there.")]
Tls = Annotated[bool, typer.Option("--tls", help="Encrypted; the archive must prove its name.")]
Certificates = Annotated[
    Path | None,
    typer.Option("--ca", help="Authorities to trust, as a PEM file; the system's if not said."),
]
OWN_TITLE = "FUSIONVIEWER"
COLUMNS = {
    "patient": ("PatientID", "PatientName", "PatientBirthDate", "PatientSex"),
    "study": (
        *("PatientID", "PatientName", "StudyDate", "ModalitiesInStudy", "StudyDescription"),
        "StudyInstanceUID",
    ),
    "series": (
        *("Modality", "SeriesNumber", "NumberOfSeriesRelatedInstances", "SeriesDescription"),
        "SeriesInstanceUID",
    ),
}


@pacs_app.command("echo")
def echo_command(
    archive: Address, own: Own = OWN_TITLE, tls: Tls = False, ca: Certificates = None
) -> None:
    """Whether the archive answers."""
    _require_library()
    from fusionviewer.pacs.archive import archive_at, echo

    seconds = echo(archive_at(archive, own, tls=tls, certificates=ca))
    print(f"{archive} answers, in {seconds * 1000:.0f} ms.")


@pacs_app.command("find")
def find_command(
    archive: Address,
    own: Own = OWN_TITLE,
    level: Annotated[str, typer.Option(help="patient, study or series.")] = "study",
    wanted: Annotated[
        list[str] | None,
        typer.Option(
            "--where", "-w", help="KEYWORD=VALUE, such as PatientID=4711 or StudyDate=20240101-."
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Most matches to wait for.")] = 500,
    json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
    tls: Tls = False,
    ca: Certificates = None,
) -> None:
    """Patients, studies, or the series of a study."""
    _require_library()
    from fusionviewer.pacs.archive import archive_at
    from fusionviewer.pacs.find import LEVELS, find

    if level not in LEVELS:
        raise typer.BadParameter(f"There are {', '.join(LEVELS)}.", param_hint="--level")
    query = _query(wanted or [], LEVELS[level][2])
    found = find(archive_at(archive, own, tls=tls, certificates=ca), level, query, limit=limit)
    if json:
        print(json_text.dumps({"matches": [dict(m) for m in found.matches], "more": found.more}))
        return
    for match in found.matches:
        print("\t".join(match[column] for column in COLUMNS[level]))
    more = " There are more; ask more narrowly, or raise --limit." if found.more else ""
    print(f"{len(found.matches)} found.{more}", file=sys.stderr)


@pacs_app.command("get")
def get_command(
    archive: Address,
    study: Annotated[str, typer.Option(help="Study Instance UID.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="A folder that is not there yet.")],
    series: Annotated[
        str, typer.Option(help="Series Instance UID; all of the study if not said.")
    ] = "",
    own: Own = OWN_TITLE,
    tls: Tls = False,
    ca: Certificates = None,
) -> None:
    """Fetch a study, or one series of it."""
    _require_library()
    from fusionviewer.pacs.archive import archive_at
    from fusionviewer.pacs.get import get

    there = archive_at(archive, own, tls=tls, certificates=ca)
    with progress("Fetching") as advance:
        count = get(there, study, out, series_uid=series, progress=advance)
    print(f"Fetched {count} files into {out}")


@pacs_app.command("send")
def send_command(
    archive: Address,
    paths: Annotated[list[Path], typer.Argument(help="DICOM files and folders.")],
    own: Own = OWN_TITLE,
    tls: Tls = False,
    ca: Certificates = None,
) -> None:
    """Send files to the archive."""
    _require_library()
    from fusionviewer.pacs.archive import archive_at
    from fusionviewer.pacs.send import send

    there = archive_at(archive, own, tls=tls, certificates=ca)
    with progress("Sending") as advance:
        sent = send(there, paths, progress=advance)
    for sentence in sent.refused[:5]:
        print(sentence, file=sys.stderr)
    if sent.refused:
        raise PacsError(
            f"{len(sent.refused)} of {sent.kept + len(sent.refused)} files were not kept.",
            "Ask whoever runs the archive which kinds of objects it takes.",
        )
    print(f"Sent {sent.kept} files to {archive}")


def _query(wanted: list[str], keywords: tuple[str, ...]) -> dict[str, str]:
    """Raises: BadParameter: not KEYWORD=VALUE, or a keyword of another level."""
    query = {}
    for text in wanted:
        keyword, equals, value = text.partition("=")
        if not equals or keyword not in keywords:
            raise typer.BadParameter(
                f"“{text}” is not KEYWORD=VALUE with one of {', '.join(keywords)}.",
                param_hint="--where",
            )
        query[keyword] = value
    return query


def _require_library() -> None:
    """Raises: PacsError: the network part is not installed."""
    try:
        import pynetdicom  # noqa: F401
    except ImportError as error:
        raise PacsError(
            "The part that talks to archives is not installed.", "Run: pip install pynetdicom"
        ) from error
