from pathlib import Path

import numpy as np
import pydicom
import pytest
from builders import PLAIN, make_small_pair
from PIL import Image as Picture

from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.engine import Answer, Engine
from fusionviewer.engine.export import OUTPUTS, export, output_for, provenance
from fusionviewer.engine.request import FuseRequest
from fusionviewer.errors import ExportError
from fusionviewer.fusion.runtime import Runtimes
from fusionviewer.fusion.weights import read_card


def answers(count: int) -> list[Answer]:
    request = FuseRequest(make_small_pair(), 0, (PLAIN, PLAIN), "average")
    return Engine(Runtimes()).fuse_many(request, range(count), CancelToken(), lambda *_: None)


@pytest.mark.parametrize("ending", [ending for ending in OUTPUTS if OUTPUTS[ending].one_slice])
def test_every_format_of_one_slice_is_written(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"fused{ending}"
    export(answers(1), path)
    assert path.stat().st_size > 0


def test_a_folder_becomes_a_dicom_series_with_a_file_for_each_slice(tmp_path: Path) -> None:
    export(answers(3), tmp_path / "series")
    files = [pydicom.dcmread(path) for path in sorted((tmp_path / "series").iterdir())]
    assert len(files) == 3
    assert len({str(file.SOPInstanceUID) for file in files}) == 3
    assert len({str(file.SeriesInstanceUID) for file in files}) == 1


def test_the_picture_holds_the_fused_values(tmp_path: Path) -> None:
    fused = answers(1)
    export(fused, tmp_path / "fused.png")
    stored = np.asarray(Picture.open(tmp_path / "fused.png")).astype(float)
    assert np.abs(stored - fused[0].fused.grey * 255).max() <= 0.5 + 1e-4


def test_an_unknown_ending_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ExportError, match=r"fused\.bmp") as refused:
        output_for(Path("fused.bmp"))
    assert ".png" in refused.value.hint


@pytest.mark.parametrize("name", ["fused.png", "fused.dcm"])
def test_several_slices_do_not_go_into_a_file_for_one(name: str, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="holds one slice, and there are 2"):
        export(answers(2), tmp_path / name)
    assert not list(tmp_path.glob("fused*"))


def test_what_a_network_made_names_its_weights() -> None:
    told = provenance(FuseRequest(make_small_pair(), 0, (PLAIN, PLAIN), "eh-dran", "fer"))
    assert told.weights_sha256 == read_card("eh-dran").sha256
    assert told.method == "EH-DRAN"
    assert "energy" in told.strategy
