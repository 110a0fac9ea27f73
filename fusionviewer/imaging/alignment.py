"""What is known about how two images lie to each other: the card beside a fused image."""

from dataclasses import dataclass
from enum import StrEnum

from fusionviewer.texts import in_english


class AlignmentState(StrEnum):
    """The headline of the card."""

    SAME_FRAME = "same frame"
    OVERLAP_ONLY = "overlap only"
    REGISTERED = "registered"
    UNVERIFIED = "unverified"
    REFUSED = "refused"


@dataclass(frozen=True)
class AlignmentCard:
    """How a moving image came to lie on a fixed one, and how well it does.

    Attributes:
        kind: one of KINDS; "" when nothing was moved.
        overlap: the share of the smaller image that both have in common, 0…1.
        mutual_information, ncc: before and after, in bits and −1…1; all 0 where the images could not
            be compared, and not said then.
        offset_mm, degrees: how far the moving image was shifted, in the middle of the body, and
            turned.
        residuals_mm: of landmarks, one each.
        doubts: why the alignment is not called registered, one sentence each.
        fixed_key: the fingerprint of the fixed image; what is said holds for that image only.
        moving_key: that of the moving image as its files give it, before anything was interpolated.
        matrix: (4, 4) row by row, from positions in the fixed image to those that the files of the
            moving one give, in mm, LPS; () when nothing was moved.
    """

    state: AlignmentState
    kind: str = ""
    overlap: float = 0.0
    mutual_information: tuple[float, float] = (0.0, 0.0)
    ncc: tuple[float, float] = (0.0, 0.0)
    offset_mm: float = 0.0
    degrees: float = 0.0
    residuals_mm: tuple[float, ...] = ()
    doubts: tuple[str, ...] = ()
    fixed_key: str = ""
    moving_key: str = ""
    matrix: tuple[float, ...] = ()

    @property
    def offset(self) -> str:
        """ "12.3 mm, 4.5°" """
        return f"{self.offset_mm:.1f} mm, {self.degrees:.1f}°"

    @property
    def compared(self) -> bool:
        """Whether it was measured how well what was moved agrees."""
        return bool(self.kind) and any((*self.mutual_information, *self.ncc))

    def __post_init__(self) -> None:
        if self.kind and self.kind not in KINDS:
            raise ValueError(f"kinds of alignment are {', '.join(KINDS)}, not {self.kind!r}")

    def sentence(self) -> str:
        """For the corner of the fused pane, and for exports."""
        if self.state is AlignmentState.REGISTERED:
            return in_english("Registered: {kind}, {offset}.", kind=self.kind, offset=self.offset)
        if self.kind and self.state is AlignmentState.UNVERIFIED:
            said = in_english(
                "Aligned: {kind}, {offset}; not verified.", kind=self.kind, offset=self.offset
            )
            return " ".join((said, *self.doubts[:1]))
        return _SENTENCES[self.state]

    def lines(self) -> tuple[str, ...]:
        """The whole card, a line each."""
        every = [
            self.sentence(),
            in_english("Overlap {percent:.0f} % of the smaller image", percent=self.overlap * 100),
        ]
        if self.compared:
            every += [
                in_english(
                    "Mutual information {before:.2f} → {after:.2f} bits",
                    **dict(zip(_TIMES, self.mutual_information, strict=True)),
                ),
                in_english(
                    "Cross-correlation {before:.2f} → {after:.2f}",
                    **dict(zip(_TIMES, self.ncc, strict=True)),
                ),
            ]
        if self.residuals_mm:
            residuals = ", ".join(f"{one:.1f}" for one in self.residuals_mm)
            every.append(in_english("Landmarks are off by {residuals} mm", residuals=residuals))
        said = self.sentence()
        return (*every, *(doubt for doubt in self.doubts if doubt not in said))

    def corner(self) -> str:
        """What the sentence does not say, in one short line: it stays beside the fused image."""
        text = " · ".join(self.parts())
        return text[:1].upper() + text[1:]

    def parts(self) -> tuple[str, ...]:
        """What the corner says, piece by piece."""
        same = self.state is AlignmentState.SAME_FRAME
        return (*((in_english("same frame of reference"),) if same else ()), *self.measures())

    def measures(self) -> tuple[str, ...]:
        """Overlap, and for what was moved mutual information, correlation, and landmarks."""
        parts = []
        if self.overlap:
            parts.append(in_english("overlap {percent:.0f} %", percent=self.overlap * 100))
        if self.compared:
            parts.append("MI {:.2f} → {:.2f} bits".format(*self.mutual_information))
            parts.append("NCC {:.2f} → {:.2f}".format(*self.ncc))
        if self.residuals_mm:
            worst = max(self.residuals_mm)
            parts.append(in_english("landmarks off by up to {worst:.1f} mm", worst=worst))
        return tuple(parts)

    def _by_time(self, values: tuple[float, float]) -> dict[str, float] | None:
        return dict(zip(_TIMES, values, strict=True)) if self.compared else None

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "state": self.state.value,
            "kind": self.kind,
            "overlap_percent": round(self.overlap * 100, 2),
            "mutual_information_bits": self._by_time(self.mutual_information),
            "ncc": self._by_time(self.ncc),
            "offset_mm": round(self.offset_mm, 3),
            "offset_degrees": round(self.degrees, 3),
            "residuals_mm": [round(one, 3) for one in self.residuals_mm],
            "doubts": list(self.doubts),
            "sentence": self.sentence(),
        }


KINDS = (
    in_english("rigid"),
    in_english("affine"),
    in_english("landmarks"),
    in_english("by hand"),
    in_english("file"),
)
_TIMES = ("before", "after")
_SENTENCES = {
    AlignmentState.SAME_FRAME: in_english("Same frame of reference."),
    AlignmentState.OVERLAP_ONLY: in_english(
        "Different frames of reference, not registered; fused as placed."
    ),
    AlignmentState.REGISTERED: in_english("Registered."),
    AlignmentState.UNVERIFIED: in_english("Alignment not verified."),
    AlignmentState.REFUSED: in_english("The two images are not fused."),
}
