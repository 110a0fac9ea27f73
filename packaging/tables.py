"""highdicom's table of all attributes of the standard, cut to what this program asks it for.

As installed it has 22.7 MB, a fourteenth of the light program, and takes a second to read. The program
writes segmentations and structured reports from CT, MR, PET and SPECT: it needs the nested attributes
of those modules alone, and of all others the first level, which says what may be copied.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Modules = dict[str, list[dict[str, Any]]]  # module → attributes with keyword, type and path

FOLDER = Path("_internal") / "highdicom" / "_standard"
WRITTEN = ("segmentation", "comprehensive-3d-sr")  # IODs, as highdicom calls them
READ_DEEPLY = tuple(
    f"enhanced-{one}-image-multi-frame-functional-groups" for one in ("ct", "mr", "pet")
)


def cut_tables(program: Path) -> None:
    """Make the table in the folder of the built program smaller."""
    path = program / FOLDER / "module_attribute_map.json"
    iods = json.loads((program / FOLDER / "iod_module_map.json").read_text(encoding="utf-8"))
    modules = json.loads(path.read_text(encoding="utf-8"))
    cut = json.dumps(smaller(modules, iods), separators=(",", ":"))
    path.write_text(cut, encoding="utf-8")


def smaller(modules: Modules, iods: Mapping[str, list[dict[str, str]]]) -> Modules:
    """The same modules, most of them without what is inside their sequences."""
    whole = {module["key"] for iod in WRITTEN for module in iods[iod]} | set(READ_DEEPLY)
    return {
        name: attributes if name in whole else [one for one in attributes if not one["path"]]
        for name, attributes in modules.items()
    }
