"""What each tissue of the head phantom looks like to each scanner."""

from dataclasses import dataclass

import numpy as np

from fusionviewer.imaging.phantom_shapes import Plane

CONTRASTS = ("CT", "T1", "T2", "PET", "SPECT")

# HU, T1 and T2 in arbitrary units, FDG in SUV, perfusion in counts. CT numbers: bone 700 to 1500,
# grey matter 37 to 41, white matter 24 to 32, CSF 0 to 15, fat −50 to −100 (Bushberg et al., The
# Essential Physics of Medical Imaging, 4th ed., table 10-4). FDG, grey to white about 4 to 1.
TISSUES: dict[str, tuple[float, float, float, float, float]] = {
    #                 CT    T1    T2   PET SPECT
    "air":         (-1000,    0,    0, 0.0,   0),
    "skin":        (   35,  420,  230, 0.6,  10),
    "fat":         (  -90,  980,  560, 0.2,   3),
    "muscle":      (   55,  380,  170, 0.7,  10),
    "bone":        ( 1350,   30,   20, 0.3,   4),
    "diploe":      (  720,  330,  170, 0.6,   6),
    "csf":         (    7,  140, 1000, 0.4,   4),
    "grey":        (   39,  470,  440, 8.0, 100),
    "white":       (   29,  680,  290, 2.0,  28),
    "nucleus":     (   40,  530,  370, 8.6, 104),
    "thalamus":    (   37,  560,  360, 7.8,  98),
    "pallidum":    (   38,  600,  230, 5.6,  80),
    "cerebellum":  (   38,  480,  430, 6.6, 108),
    "stem":        (   30,  610,  320, 3.2,  45),
    "dura":        (   60,  350,  150, 1.2,  12),
    "blood":       (   55,  180,   60, 1.8,  20),
    "vitreous":    (    9,  150,  960, 0.3,   3),
    "lens":        (   85,  360,  120, 0.5,   3),
    "mucosa":      (   30,  350,  620, 1.0,   8),
    "oedema":      (   19,  470,  680, 1.6,  18),
    "tumour":      (   44,  820,  600,11.5,  72),
    "necrosis":    (   13,  260,  860, 0.5,   6),
    "calcium":     (  280,  300,  120, 1.5,  20),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Canvas:
    """Values of one slice for several contrasts, (C, H, W), painted from the outside inwards.

    Attributes:
        soft_mm: how wide an edge is: what voxels of that size would see.
    """

    values: Plane
    contrasts: tuple[str, ...]
    soft_mm: float

    @staticmethod
    def empty(shape: tuple[int, ...], contrasts: tuple[str, ...], soft_mm: float) -> "Canvas":
        canvas = Canvas(np.empty((len(contrasts), *shape), np.float32), contrasts, soft_mm)
        canvas.values[:] = canvas._levels("air")
        return canvas

    def paint(
        self, distance: Plane, tissue: str, strength: float = 1.0, soft_mm: float | None = None
    ) -> None:
        """Put `tissue` where `distance` (mm to a surface) is below 0, over what is there."""
        share = np.clip(0.5 - distance / (soft_mm or self.soft_mm), 0, 1) * np.float32(strength)
        if share.max(initial=0) > 0:
            self.values[:] += share * (self._levels(tissue) - self.values)

    def _levels(self, tissue: str) -> Plane:
        row = TISSUES[tissue]
        levels = [row[CONTRASTS.index(c)] for c in self.contrasts]
        return np.array(levels, dtype=np.float32)[:, None, None]
