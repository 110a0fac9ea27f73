"""`fusionviewer pacs echo|find|get|send|priors|archives`: an archive from the command line."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fusionviewer.cli.pacs_archives import archives_app, named, receiver
from fusionviewer.cli.progress import progress
from fusionviewer.cli.streams import print_json
from fusionviewer.errors import PacsError

if TYPE_CHECKING:
    from fusionviewer.pacs.service import AnyArchive

pacs_app = typer.Typer(
    help="Ask an archive, fetch from it, and send to it (DICOM network).",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
pacs_app.add_typer(archives_app, name="archives")

Address = Annotated[
    str,
    typer.Argument(
        metavar="ARCHIVE", help="A name that is set up, TITLE@HOST:PORT, or https://HOST/dicom-web"
    ),
]
Own = Annotated[
    str, typer.Option("--from", help="How this program is called there; FUSIONVIEWER if not said.")
]
Tls = Annotated[bool, typer.Option("--tls", help="Encrypted; the archive must prove its name.")]
Certificates = Annotated[
    Path | None,
    typer.Option("--ca", help="Authorities to trust, as a PEM file; the system's if not said."),
]
Receive = Annotated[
    str,
    typer.Option(
        "--receive", metavar="HOST:PORT", help="Listen there meanwhile (C-MOVE, commitment)."
    ),
]
COLUMNS = {
    "patient": ("PatientID", "PatientName", "PatientBirthDate", "PatientSex"),
    "study": (
        *("PatientID", "PatientName", "StudyDate", "ModalitiesInStudy", "StudyDescription"),
        "StudyInstanceUID",
    ),
    "image": ("InstanceNumber", "SOPClassUID", "SOPInstanceUID"),
    "series": (
        *("Modality", "SeriesNumber", "NumberOfSeriesRelatedInstances", "SeriesDescription"),
        "SeriesInstanceUID",
    ),
}


@pacs_app.command("echo")
def echo_command(
    archive: Address, own: Own = "", tls: Tls = False, ca: Certificates = None
) -> None:
    """Whether the archive answers."""
    from fusionviewer.pacs.service import service

    there = named(archive, own_title=own, tls=tls, certificates=_path(ca))
    seconds = service(there).echo(there)
    print(f"{archive} answers, in {seconds * 1000:.0f} ms.")


@pacs_app.command("find")
def find_command(
    archive: Address,
    own: Own = "",
    level: Annotated[str, typer.Option(help="patient, study, series or image.")] = "study",
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
    from fusionviewer.pacs.find import LEVELS
    from fusionviewer.pacs.service import service

    if level not in LEVELS:
        raise typer.BadParameter(f"There are {', '.join(LEVELS)}.", param_hint="--level")
    query = _query(wanted or [], LEVELS[level][2])
    there = named(archive, own_title=own, tls=tls, certificates=_path(ca))
    found = service(there).find(there, level, query, limit=limit)
    if json:
        print_json({"matches": [dict(m) for m in found.matches], "more": found.more})
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
    resume: Annotated[
        bool, typer.Option("--resume", help="Keep what came when it is cut off, and go on with it.")
    ] = False,
    receive: Receive = "",
    own: Own = "",
    tls: Tls = False,
    ca: Certificates = None,
) -> None:
    """Fetch a study, or one series of it."""
    from fusionviewer.pacs.service import service

    there = named(archive, own_title=own, tls=tls, certificates=_path(ca), **receiver(receive))
    with progress("Fetching") as advance:
        count = service(there).get(
            there, study, out, series_uid=series, resume=resume, progress=advance
        )
    print(f"Fetched {count} files into {out}")


@pacs_app.command("send")
def send_command(
    archive: Address,
    paths: Annotated[list[Path], typer.Argument(help="DICOM files and folders.")],
    committed: Annotated[
        bool, typer.Option("--commit", help="Wait until the archive vouches for them (DIMSE).")
    ] = False,
    receive: Receive = "",
    own: Own = "",
    tls: Tls = False,
    ca: Certificates = None,
) -> None:
    """Send files to the archive."""
    from fusionviewer.pacs.service import service

    there = named(archive, own_title=own, tls=tls, certificates=_path(ca), **receiver(receive))
    with progress("Sending") as advance:
        sent = service(there).send(there, paths, progress=advance)
    for sentence in sent.refused[:5]:
        print(sentence, file=sys.stderr)
    if sent.refused:
        raise PacsError(
            f"{len(sent.refused)} of {sent.kept + len(sent.refused)} files were not kept.",
            "Ask whoever runs the archive which kinds of objects it takes.",
        )
    if committed:
        _commit(there, paths)
    print(f"Sent {sent.kept} files to {archive}")


@pacs_app.command("priors")
def priors_command(
    archive: Address,
    patient: Annotated[str, typer.Option(help="Patient ID.")],
    modality: Annotated[
        str, typer.Option(help="What is at hand; other kinds are looked for.")
    ] = "",
    day: Annotated[str, typer.Option(help="When, as YYYYMMDD; the nearest come first.")] = "",
    own: Own = "",
    tls: Tls = False,
    ca: Certificates = None,
) -> None:
    """Series of the same patient that could be fused with what is at hand."""
    if not patient.strip("*? "):
        raise typer.BadParameter("Name one patient.", param_hint="--patient")
    from fusionviewer.pacs.priors import priors

    there = named(archive, own_title=own, tls=tls, certificates=_path(ca))
    found = priors(there, patient, modality, day)
    for one in found:
        days = "" if one.days is None else f"{one.days} days"
        series = (one.series[column] for column in COLUMNS["series"])
        print("\t".join((one.study["StudyDate"], days, *series, one.study["StudyInstanceUID"])))
    print(f"{len(found)} found.", file=sys.stderr)


def _commit(there: "AnyArchive", paths: list[Path]) -> None:
    """Raises: PacsError: the archive does not vouch for every file."""
    from fusionviewer.pacs.archive import Archive
    from fusionviewer.pacs.commit import commit
    from fusionviewer.pacs.send import dicom_files

    if not isinstance(there, Archive):
        raise PacsError("Over the web nobody vouches for files.", "Leave --commit away.")
    word = commit(there, dicom_files(paths, lambda: None))
    for sentence in word.failed[:5]:
        print(sentence, file=sys.stderr)
    if word.failed:
        raise PacsError(f"“{there.title}” does not vouch for {len(word.failed)} files.", "")


def _path(file: Path | None) -> str:
    return "" if file is None else str(file)


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
