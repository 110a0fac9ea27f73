"""highdicom's table, as the built program has it."""

import json
from pathlib import Path

import highdicom
import pytest
from highdicom import _standard_utils as standard
from pydicom.uid import (
    Comprehensive3DSRStorage,
    CTImageStorage,
    EnhancedCTImageStorage,
    MRImageStorage,
    NuclearMedicineImageStorage,
    PositronEmissionTomographyImageStorage,
    SecondaryCaptureImageStorage,
    SegmentationStorage,
)

FOLDER = Path(highdicom.__file__).parent / "_standard"


@pytest.fixture(scope="module")
def table() -> dict[str, list[dict[str, object]]]:
    from tables import smaller

    iods = json.loads((FOLDER / "iod_module_map.json").read_text(encoding="utf-8"))
    return smaller(standard.get_module_attribute_map(), iods)


def test_the_cut_table_is_less_than_a_tenth(table: dict[str, object]) -> None:
    assert len(json.dumps(table)) < (FOLDER / "module_attribute_map.json").stat().st_size / 10


def test_it_has_every_module_and_what_may_be_copied_of_it(
    table: dict[str, list[dict[str, object]]],
) -> None:
    for name, attributes in standard.get_module_attribute_map().items():
        assert [one for one in attributes if not one["path"]] == [
            one for one in table[name] if not one["path"]
        ]


def test_highdicom_gets_the_same_answers_from_it(
    table: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    uids = (
        CTImageStorage,
        EnhancedCTImageStorage,
        MRImageStorage,
        NuclearMedicineImageStorage,
        PositronEmissionTomographyImageStorage,
        SecondaryCaptureImageStorage,
        SegmentationStorage,
        Comprehensive3DSRStorage,
    )
    asked = [(name, one) for one in uids for name in ("PixelData", "ContentDate", "Rows")]
    groups = [
        "segmentation-multi-frame-functional-groups",
        "enhanced-ct-image-multi-frame-functional-groups",
    ]
    before = [standard.is_attribute_in_iod(*one) for one in asked]
    trees = [standard.construct_module_tree(one) for one in groups]
    monkeypatch.setattr(standard, "get_module_attribute_map", lambda: table)
    assert [standard.is_attribute_in_iod(*one) for one in asked] == before
    assert [standard.construct_module_tree(one) for one in groups] == trees
