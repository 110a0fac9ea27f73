"""Everything of the head phantom outside the brain: scalp, skull, sinuses, eyes."""

from dataclasses import dataclass

import numpy as np

from fusionviewer.imaging.phantom_shapes import (
    Noise,
    Plane,
    Points,
    band_noise,
    ellipsoid,
    joined,
    sheets,
    tube,
)
from fusionviewer.imaging.phantom_tissues import Canvas


@dataclass(frozen=True, eq=False)
class Textures:
    """The random part of one head, drawn once and asked at any place; `maze` is where sulci run."""

    bend: tuple[Noise, Noise, Noise]
    maze: Noise
    slow: Noise
    fine: Noise

    @staticmethod
    def drawn(rng: np.random.Generator) -> "Textures":
        bend = (band_noise(rng, 55, 32), band_noise(rng, 55, 32), band_noise(rng, 55, 32))
        return Textures(
            bend, sheets(band_noise(rng, 23, 72)), band_noise(rng, 60, 32), band_noise(rng, 6)
        )

    def around(self, p: Points) -> "Texture":
        """What is random at `p`, looked up once for everything that is painted there."""
        bend = (self.bend[0].at(p), self.bend[1].at(p), self.bend[2].at(p))
        return Texture(self, p, bend, self.slow.at(p), self.fine.at(p))


@dataclass(frozen=True, eq=False)
class Texture:
    """The random part of one head at the points `p`."""

    everywhere: Textures
    p: Points
    bend: tuple[Plane, Plane, Plane]
    slow: Plane
    fine: Plane

    def bent(self, by_mm: float) -> Points:
        """`p` pushed around smoothly, so that nothing is a perfect ellipse."""
        dx, dy, dz = (by_mm * d for d in self.bend)
        return self.p.moved(dx, dy, dz)


def skull_cavity(p: Points) -> Plane:
    """Distance to the inside of the skull: a vault, two middle fossae and a posterior one."""
    m = p.mirrored()
    roofs = 10 * np.exp(-(((m.x - 30) / 15) ** 2) - ((p.y + 64) / 22) ** 2)
    floor = -25 + roofs + 0.06 * np.clip(-30 - p.y, 0, 60) - p.z
    vault = np.maximum(_vault(p), floor)
    temporal = ellipsoid(m, (39, -14, -26), (24, 37, 25))
    posterior = ellipsoid(p, (0, 47, -30), (56, 38, 36))
    clivus = ellipsoid(p, (0, 14, -34), (19, 22, 40))
    return joined(joined(joined(vault, temporal, 5), posterior, 5), clivus, 4)


def _vault(p: Points) -> Plane:
    """Distance to an egg, broader behind."""
    wide = 1 + 0.065 * np.tanh((p.y - 5) / 60)
    return ellipsoid(Points(p.x / wide, p.y, p.z), (0, 0, 0), (70, 87, 76))


def paint_head(canvas: Canvas, p: Points, cavity: Plane, t: Texture) -> None:
    """Skin, fat, muscle, bone and air; the inside of the skull is left as CSF."""
    thick = 6.3 + 0.5 * t.slow + 1.6 * np.clip((np.abs(p.y) - 55) / 30, 0, 1)
    at_base = np.exp(-((p.x / 46) ** 4)) / (1 + np.exp((p.z + 13) / 2)) * (p.y < 62)
    thick = thick * (1 - 0.6 * at_base)
    scalp = _scalp(p, thick, t.slow)
    canvas.paint(scalp, "skin")
    canvas.paint(scalp + 2.2, "fat")
    canvas.paint(np.maximum(_muscles(p), scalp + 4.5), "muscle")
    _paint_face(canvas, p, t)
    _paint_vault(canvas, p, cavity, thick, t)
    canvas.paint(cavity, "csf")
    _paint_sella(canvas, p)


def _scalp(p: Points, thick: Plane, slow: Plane) -> Plane:
    head = _vault(p) - thick - 5.5 - 0.4 * slow
    temple = 6.5 * np.exp(-(((p.y + 28) / 28) ** 2) - ((p.z + 14) / 28) ** 2)
    face = joined(
        ellipsoid(p, (0, -34, -55), (66, 66, 62)), ellipsoid(p, (0, -98, -45), (13, 16, 30)), 8
    )
    neck = ellipsoid(p, (0, 30, -70), (72, 66, 62))
    return joined(joined(head - temple, face, 10), neck, 10)


def _muscles(p: Points) -> Plane:
    """The temporal muscles beside the skull, those of the neck, and what fills the face."""
    temporalis = ellipsoid(p.mirrored(), (66, -28, -12), (14, 31, 42))
    neck = ellipsoid(p, (0, 72, -62), (50, 26, 30))
    face = np.maximum(np.abs(p.z + 48) - 24, p.y + 30)
    return np.minimum(np.minimum(temporalis, neck), face)


def _paint_vault(canvas: Canvas, p: Points, cavity: Plane, thick: Plane, t: Texture) -> None:
    """Two tables of compact bone with diploe between; the base is compact throughout."""
    bone = np.maximum(cavity - thick, -cavity)
    canvas.paint(bone, "bone")
    marrow = np.abs(cavity - thick / 2) - np.maximum(thick / 2 - 1.7, 0.3)
    marrow = marrow + 0.35 * t.fine + 20 * np.clip((-14 - p.z) / 10, 0, 1)
    canvas.paint(marrow, "diploe")
    m = p.mirrored()
    frontal = ellipsoid(p, (3, -91, -8), (17, 4.2, 17)) + 0.8 * t.fine
    canvas.paint(frontal - 1.8, "bone")
    canvas.paint(frontal, "air")
    petrous = tube(m, [(14, 12, -38, 6), (36, 22, -36, 8), (56, 34, -36, 12)])
    canvas.paint(petrous, "bone")
    cells = np.maximum(ellipsoid(m, (55, 33, -40), (12, 15, 15)), 1.1 - 3.0 * t.fine)
    canvas.paint(cells, "air")
    canal = np.minimum(
        tube(m, [(58, 22, -36, 3), (82, 22, -36, 4)]), ellipsoid(m, (46, 24, -35), (4, 3, 4))
    )
    canvas.paint(canal, "air")


def _paint_face(canvas: Canvas, p: Points, t: Texture) -> None:
    """Orbits with their fat, eyes and nerves; ethmoid and sphenoid air; cheek bones."""
    m = p.mirrored()
    orbit = _orbit(m)
    canvas.paint(np.maximum(orbit - 2.6, -p.y - 86), "bone")
    brow = tube(m, [(14, -84, -24, 4), (34, -84, -19, 5), (50, -70, -24, 5), (53, -60, -36, 4)])
    canvas.paint(brow, "bone")
    zygoma = tube(m, [(52, -60, -42, 4), (64, -34, -46, 3), (66, -4, -44, 3)])
    canvas.paint(zygoma, "bone")
    base = ellipsoid(p, (0, -40, -36), (20, 34, 16))
    canvas.paint(base, "bone")
    canvas.paint(orbit, "fat")
    _paint_eye(canvas, m)
    box = np.maximum(np.abs(p.x) - 10.5, np.maximum(-88 - p.y, np.maximum(p.y + 34, p.z + 29)))
    walls = 1.2 - 2.2 * np.abs(np.sin(p.y / 3.4 + 0.6 * t.fine))
    canvas.paint(box, "bone")
    canvas.paint(box + 0.8, "mucosa")
    septum = 1.0 - np.abs(p.x)
    canvas.paint(np.maximum(np.maximum(box + 1.6, walls), septum), "air")


def _orbit(m: Points) -> Plane:
    """A cone that opens forwards, without what lies before the face."""
    cone = tube(m, [(16, -38, -31, 3), (27, -62, -34, 12), (31, -80, -35, 15)])
    return np.maximum(cone, -92 - m.y)


def _paint_eye(canvas: Canvas, m: Points) -> None:
    nerve = tube(m, [(13, -38, -31, 2.0), (28, -66, -34, 2.0)])
    canvas.paint(nerve, "stem")
    for path in (
        [(16, -42, -31, 1.5), (43, -70, -34, 2.2), (42, -78, -34, 1.5)],
        [(14, -42, -31, 1.5), (18, -66, -34, 2.2), (20, -78, -34, 1.5)],
    ):
        canvas.paint(tube(m, path), "muscle")
    eye = ellipsoid(m, (31, -78, -34), (12, 12, 12))
    canvas.paint(eye, "muscle")
    canvas.paint(eye + 1.2, "vitreous")
    canvas.paint(ellipsoid(m, (31, -86, -34), (4.5, 2.3, 4.5)), "lens")


def _paint_sella(canvas: Canvas, p: Points) -> None:
    """The body of the sphenoid with its sinus, the clivus, and the ridges to both sides."""
    body = joined(
        ellipsoid(p, (0, -22, -36), (13, 18, 14)), ellipsoid(p, (0, -2, -44), (12, 10, 16)), 4
    )
    canvas.paint(body, "bone")
    sinus = ellipsoid(p, (0, -25, -36), (10, 11, 9))
    canvas.paint(np.maximum(sinus, 0.8 - np.abs(p.x - 2)), "air")
    m = p.mirrored()
    wing = tube(m, [(8, -34, -22, 3), (30, -44, -21, 3), (56, -46, -18, 4)])
    canvas.paint(wing, "bone")
