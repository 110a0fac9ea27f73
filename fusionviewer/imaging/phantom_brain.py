"""The brain of the head phantom: folded cortex, ventricles, nuclei, and a lesion on the left."""

import numpy as np

from fusionviewer.imaging.phantom_head import Texture
from fusionviewer.imaging.phantom_shapes import (
    Plane,
    Points,
    ellipsoid,
    joined,
    tube,
)
from fusionviewer.imaging.phantom_tissues import Canvas

LESION = (37.0, 14.0, 31.0)  # LPS, mm: the patient's left
CORTEX_MM = 2.9


def paint_brain(canvas: Canvas, p: Points, cavity: Plane, t: Texture) -> None:
    """Paint the brain into the CSF that fills `cavity` (distance to the inside of the skull)."""
    _paint_cerebrum(canvas, p, cavity, t)
    _paint_hindbrain(canvas, p, cavity, t)
    _paint_ventricles(canvas, t.bent(0.8))
    _paint_nuclei(canvas, t.bent(0.8))
    _paint_membranes(canvas, p, cavity)
    _paint_lesion(canvas, t.bent(2.2), t)


def _paint_cerebrum(canvas: Canvas, p: Points, cavity: Plane, t: Texture) -> None:
    """Grey matter follows the surface down into the sulci, white matter fills the rest."""
    hull = cavity + 2.0
    depth = -np.maximum(hull, -_hollow(p))
    surface = np.minimum(depth, _sulci(-hull, t))
    canvas.paint(-surface, "grey")
    canvas.paint(CORTEX_MM + 0.25 * t.fine - surface, "white", soft_mm=canvas.soft_mm * 1.3)


def _tentorium(p: Points) -> Plane:
    """Its height in mm: a tent, highest at its notch."""
    return 7 - 0.42 * np.abs(p.x) - 0.36 * np.clip(p.y - 28, 0, None)


def _hollow(p: Points) -> Plane:
    """What the cerebrum leaves free: the posterior fossa and the cisterns around the stem."""
    fossa = np.maximum(p.z - _tentorium(p), 17 + 0.25 * np.abs(p.x) - p.y)
    suprasellar = ellipsoid(p, (0, -5, -22), (12, 13, 11))
    ambient = ellipsoid(p, (0, 15, -16), (18, 15, 18))
    return np.minimum(np.minimum(fossa, suprasellar), ambient)


def _sulci(depth: Plane, t: Texture) -> Plane:
    """Distance to the nearest sulcus, at its walls: below 0 in the CSF between two gyri."""
    q = t.bent(3.5)
    scaled = np.sqrt((q.x / 70) ** 2 + (q.y / 87) ** 2 + (q.z / 76) ** 2) + 1e-3
    on_sphere = Points(q.x / scaled, q.y / scaled, q.z / scaled)
    beside = np.abs(t.everywhere.maze.at(on_sphere)) * np.clip(scaled, 0.45, 1)
    callosum = _callosum(q)
    medial = np.maximum(np.abs(q.x) + 7, 10 - callosum)
    reach = np.minimum(depth, medial)
    bottom = 18 + 5 * t.everywhere.slow.at(on_sphere)
    core = np.minimum(callosum, ellipsoid(q, (0, 0, -8), (30, 33, 26))) - 3
    below = np.maximum(np.clip(reach - bottom, 0, None), -core)
    opening = 0.35 + 1.1 * np.exp(-np.clip(depth, 0, None) / 4)
    convexity = np.sqrt(beside**2 + below**2) - opening
    midline = np.sqrt((0.8 * q.x) ** 2 + np.clip(-callosum, 0, None) ** 2) - 0.9
    return np.minimum(np.minimum(convexity, midline), _sylvian(t.bent(2.2)))


def _callosum(q: Points) -> Plane:
    """Distance to the middle block where both halves stay joined."""
    return ellipsoid(q, (0, -1, 3), (40, 37, 27))


def _sylvian(q: Points) -> Plane:
    """From the temple inwards, then along the insula."""
    x = np.abs(q.x)
    entry = np.abs(q.z - 3 - 0.8 * (q.y + 3)) * 0.78
    beyond = np.clip(40 - x, 0, None) + np.clip(q.y - 30, 0, None) + np.clip(-30 - q.y, 0, None)
    lateral = np.sqrt(entry**2 + beyond**2) - 1.1
    wall = np.abs(x - (42 - 0.006 * (q.y + 4) ** 2))
    edge = np.clip(np.abs(q.y + 4) - 20, 0, None) + np.clip(np.abs(q.z - 3) - 12, 0, None)
    return np.minimum(lateral, np.sqrt(wall**2 + edge**2) - 1.0)


def _paint_hindbrain(canvas: Canvas, p: Points, cavity: Plane, t: Texture) -> None:
    """Cerebellum with its leaves, pons, medulla and midbrain."""
    m = p.mirrored()
    behind_stem = 30 - 0.32 * np.clip(m.x, 4, 34) - p.y
    notch = 5 - ellipsoid(p, (0, 92, -50), (6, 22, 30))
    roof = p.z - _tentorium(p) + 1.4
    lobes = np.maximum(np.maximum(cavity + 2.2, roof), np.maximum(behind_stem, notch - 5))
    core = ellipsoid(m, (17, 42, -30), (20, 11, 9)) + 1.2 * t.slow
    leaves = np.abs(np.sin(0.75 * core + 0.9 * t.slow + 0.5 * t.fine))
    canvas.paint(lobes, "cerebellum")
    canvas.paint(np.maximum(lobes + 1.0, 2.2 * (leaves - 0.3)), "csf", strength=0.45, soft_mm=1.5)
    canvas.paint(np.maximum(lobes + 2.5, 2.0 * (0.85 - leaves)), "white", strength=0.6, soft_mm=1.5)
    canvas.paint(core, "white", soft_mm=3.0)
    canvas.paint(_stem(p), "stem")
    canvas.paint(ellipsoid(p, (0, 32, -33), (8, 5, 11)), "csf")
    canvas.paint(ellipsoid(p, (0, 23, -14), (1.4, 1.4, 16)), "csf")


def _stem(p: Points) -> Plane:
    """Distance to pons, medulla, midbrain with its two crura, and the arms to the cerebellum."""
    m = p.mirrored()
    pons = ellipsoid(p, (0, 14, -34), (16, 13, 15))
    medulla = tube(p, [(0, 18, -36, 10), (0, 22, -70, 7)])
    arms = tube(m, [(10, 20, -34, 7), (20, 36, -33, 6)])
    crura = ellipsoid(m, (10, 6, -13), (6, 9, 14), turn=25)
    midbrain = joined(ellipsoid(p, (0, 15, -14), (12, 11, 16)), crura, 3)
    stem = np.minimum(joined(joined(pons, medulla, 3), midbrain, 3), arms)
    return np.maximum(stem, -ellipsoid(p, (0, 0, -14), (5, 6, 12)))


def _paint_ventricles(canvas: Canvas, p: Points) -> None:
    """Lateral ventricles with all three horns, the septum between them, and the third."""
    m = p.mirrored()
    body = tube(
        m,
        [
            (7, -33, 8, 3.2),
            (7.5, -22, 16, 6.0),
            (9.5, -4, 22, 5.0),
            (13, 14, 23, 5.0),
            (22, 29, 15, 6.6),
            (25, 38, 8, 5.8),
            (24, 56, 5, 2.0),
        ],
        flat=1.15,
    )
    temporal = tube(m, [(24, 34, 10, 5.0), (32, 24, -8, 2.4), (33, 2, -20, 1.8)])
    lateral = joined(body, temporal, 2)
    canvas.paint(lateral, "csf")
    canvas.paint(np.maximum(np.abs(p.x) - 0.8, lateral), "white")
    slit = np.maximum(np.abs(p.x) - 2.2, ellipsoid(p, (0, 2, -2), (20, 15, 12)))
    canvas.paint(slit, "csf")


def _paint_nuclei(canvas: Canvas, p: Points) -> None:
    """Caudate, putamen, pallidum, thalamus; the internal capsule is what they leave between."""
    m = p.mirrored()
    head = tube(m, [(14, -25, 6, 6.2), (15, -18, 15, 5.4), (17, -2, 23, 3.2), (21, 16, 24, 2.2)])
    canvas.paint(head, "nucleus")
    putamen = ellipsoid(m, (27, -4, 4), (5.6, 18, 13), turn=12)
    canvas.paint(putamen, "nucleus")
    pallidum = ellipsoid(m, (20.5, -2, 1), (4.2, 11, 8), turn=22)
    canvas.paint(np.maximum(pallidum, -putamen - 0.2), "pallidum")
    thalamus = ellipsoid(m, (11.5, 9, 7), (8.6, 15, 11), turn=-24)
    canvas.paint(thalamus, "thalamus")
    capsule = np.abs(m.x - (40 - 0.006 * (m.y + 4) ** 2) + 6.2) - 0.5
    claustrum = np.maximum(capsule, ellipsoid(m, (33, -4, 4), (9, 16, 11)))
    canvas.paint(claustrum, "grey", strength=0.8)


def _paint_membranes(canvas: Canvas, p: Points, cavity: Plane) -> None:
    """The falx, the sagittal sinus, and the calcium of old age in pineal and choroid plexus."""
    callosum = ellipsoid(p, (0, -1, 6), (40, 46, 34))
    falx = np.maximum(np.maximum(np.abs(p.x) - 0.6, -callosum), np.maximum(cavity, 8 - p.z))
    canvas.paint(falx, "dura", strength=0.8)
    sinus = np.maximum(np.abs(p.x) - 3.8 - 0.7 * cavity, np.maximum(cavity, -cavity - 6))
    canvas.paint(np.maximum(sinus, 5 - p.z), "blood")
    canvas.paint(ellipsoid(p, (0.5, 27, 3), (2.4, 3.2, 2.6)), "calcium")
    plexus = ellipsoid(p.mirrored(), (22.5, 33, 12), (2.2, 3.6, 3.0))
    canvas.paint(plexus, "calcium", strength=0.8)
    artery = np.minimum(
        tube(p.mirrored(), [(9, -10, -22, 1.7), (26, -13, -20, 1.3)]),
        ellipsoid(p, (0, 0, -30), (1.8, 1.8, 16)),
    )
    canvas.paint(artery, "blood", strength=0.9)


def _paint_lesion(canvas: Canvas, p: Points, t: Texture) -> None:
    """A tumour with a dead middle, a crumb of calcium, and oedema along the white matter."""
    ragged = 1.6 * t.slow + 0.5 * t.fine
    oedema = ellipsoid(p, LESION, (22, 27, 20)) + 4 * t.slow + 0.6 * t.fine
    canvas.paint(oedema, "oedema", strength=0.85, soft_mm=5.0)
    rim = ellipsoid(p, LESION, (13.5, 15, 13)) + 0.8 * ragged
    canvas.paint(rim, "tumour", soft_mm=canvas.soft_mm * 1.5)
    canvas.paint(rim + 4.0 + 0.8 * ragged, "necrosis", soft_mm=canvas.soft_mm * 1.5)
    crumb = ellipsoid(p, (LESION[0] + 9.5, LESION[1] - 6, LESION[2]), (2.2, 3.0, 3.4))
    canvas.paint(crumb, "calcium")
