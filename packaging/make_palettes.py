"""Write resources/presets/palettes.json: `python packaging/make_palettes.py`.

Needs matplotlib, for viridis; the program itself does not. The file it writes is committed, and a
test compares a few of its entries with the values printed in the standard.

Source: DICOM PS3.6 Annex B (well-known colour palettes), as pydicom carries them.
"""

import json
from pathlib import Path

import numpy as np
from matplotlib import colormaps
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.data import get_palette_files
from pydicom.pixels import apply_color_lut

TARGET = Path(__file__).parent.parent / "resources" / "presets" / "palettes.json"

STANDARD = {
    "hot-iron": ("Hot iron", "hotiron.dcm"),
    "pet": ("PET", "pet.dcm"),
    "hot-metal-blue": ("Hot metal blue", "hotmetalblue.dcm"),
    "pet-20-step": ("PET, 20 steps", "pet20step.dcm"),
    "spring": ("Spring", "spring.dcm"),
    "summer": ("Summer", "summer.dcm"),
    "fall": ("Fall", "fall.dcm"),
    "winter": ("Winter", "winter.dcm"),
}

Table = NDArray[np.uint8]  # (256, 3)


def main() -> None:
    tables = {name: {"label": label, "rgb": table.tobytes().hex()} for name, label, table in _all()}
    TARGET.write_text(json.dumps(tables, indent=1) + "\n", encoding="utf-8")


def _all() -> list[tuple[str, str, Table]]:
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    viridis = np.round(colormaps["viridis"](np.arange(256))[:, :3] * 255).astype(np.uint8)
    return [
        ("grey", "Grey", ramp),
        ("inverted-grey", "Inverted grey", ramp[::-1].copy()),
        *((name, label, _standard(file)) for name, (label, file) in STANDARD.items()),
        ("viridis", "Viridis (colour-blind safe)", viridis),
    ]


def _standard(file: str) -> Table:
    """One palette of the standard; some of them are written as segments (PS3.3 C.7.9.2)."""
    (path,) = get_palette_files(file)
    return apply_color_lut(np.arange(256, dtype=np.uint8), dcmread(path)).astype(np.uint8)


if __name__ == "__main__":
    main()
