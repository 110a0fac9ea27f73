"""The words of the series browser: what a series, a study and a patient are called in a list."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from fusionviewer.formats.catalogue import SeriesEntry
from fusionviewer.formats.catalogue_reading import Growing
from fusionviewer.imaging.image import Patient
from fusionviewer.texts import marked, plural, translated
from fusionviewer.texts import text as _
from fusionviewer.workspace.captions import date

COLUMNS = (marked("Series"), marked("Kind"), marked("Images"), marked("Size"))
BREAK = "\u200b"  # no width: where a name without spaces may go on below


@dataclass(frozen=True)
class Group:
    """The series of one patient in one study."""

    title: str
    entries: tuple[SeriesEntry, ...]


def grouped(entries: Iterable[SeriesEntry]) -> tuple[Group, ...]:
    """Entries by patient and study, in their order; what does not open comes last."""

    def study(entry: SeriesEntry) -> tuple[Patient, str, str]:
        return entry.patient, entry.study_date, entry.study_uid

    return tuple(Group(_title(rows[0]), rows) for rows in _runs(entries, study))


def _runs(entries: Iterable[SeriesEntry], study: object) -> Iterable[tuple[SeriesEntry, ...]]:
    for _study, rows in groupby(entries, key=study):  # type: ignore[call-overload]
        yield tuple(sorted(rows, key=lambda entry: not entry.opens))


def _title(entry: SeriesEntry) -> str:
    patient = entry.patient
    name = " ".join(patient.name.replace("^", " ").split())
    number = f"ID {patient.id}" if patient.id and patient.id != name else ""
    who = [part for part in (name, number) if part] or [_("No patient named")]
    study = [part for part in (date(entry.study_date), entry.study_description) if part]
    return "  ·  ".join([*who, *study])


def cells(entry: SeriesEntry) -> tuple[str, ...]:
    """The text of each of COLUMNS."""
    kind = _("Localizer") if entry.is_localizer else entry.kind
    name = entry.name if entry.opens else "\n".join((entry.name, entry.problem))
    part = f"\n{entry.part}" if entry.part and entry.part not in entry.name else ""
    return (f"{name}{part}".replace("_", f"_{BREAK}"), kind, str(entry.count), _size(entry))


def growing_cells(series: Growing) -> tuple[str, ...]:
    """The same for a series whose headers are still being read."""
    rows, columns = series.size
    name = "\n".join(part for part in (series.name, series.patient) if part)
    return (
        name.replace("_", f"_{BREAK}"), series.kind, str(series.count), f"{columns}×{rows}"
    )  # fmt: skip


def _size(entry: SeriesEntry) -> str:
    if not entry.opens:
        return ""
    size = f"{entry.shape[2]}×{entry.shape[1]}"
    return size if entry.spacing is None else f"{size}\n{entry.spacing[0]:.3g} mm"


def tip(entry: SeriesEntry) -> str:
    """Everything else that is known, a line each."""
    lines = [entry.name, *map(translated, entry.notes), entry.problem, entry.hint]
    return "\n".join(dict.fromkeys(line for line in lines if line))


def summary(entries: tuple[SeriesEntry, ...]) -> str:
    """ "12 series of 2 patients; 3 do not open"."""
    if not entries:
        return _("Open or drop a folder: its series are listed here.")
    people = len({(entry.patient.id, entry.patient.name) for entry in entries})
    said = plural(
        "{series} series of {count} patient",
        "{series} series of {count} patients",
        people,
        series=len(entries),
    )
    bad = sum(not entry.opens for entry in entries)
    if not bad:
        return said
    return f"{said}; {plural('{count} does not open', '{count} do not open', bad)}"


def matches(entry: SeriesEntry, words: str) -> bool:
    """Whether every word is somewhere in what is known of the series."""
    patient = entry.patient
    text = " ".join(
        (
            *(entry.name, entry.kind, entry.modality, entry.part, entry.study_description),
            *(date(entry.study_date), entry.study_date, patient.name, patient.id),
        )
    ).casefold()
    return all(word in text for word in words.casefold().split())
