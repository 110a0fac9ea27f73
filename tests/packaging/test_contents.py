"""What goes into the built program."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from fusionviewer.fusion.methods import NETWORKS

# A finder before all others, that knows the modules which were left out: they are not there.
LEFT_OUT = """
import sys
class LeftOut:
    def find_spec(self, name, path=None, target=None):
        if any(name == one or name.startswith(one + ".") for one in {names!r}):
            raise ModuleNotFoundError(name=name)
sys.meta_path.insert(0, LeftOut())
"""

STAND_IN = """
import without_solvers
without_solvers.stand_in()
"""

START_ALL = """
import fusionviewer.__main__, fusionviewer.ui.app, fusionviewer.cli.main, fusionviewer.cli.score
import fusionviewer.cli.fuse, fusionviewer.cli.info, fusionviewer.cli.methods
import fusionviewer.cli.sample, fusionviewer.engine.export, fusionviewer.formats.decode_worker
from scipy.stats import wilcoxon
"""

# What of SciPy is called anywhere in the program, with an answer known by hand.
CALCULATE = """
import numpy as np, scipy
from scipy.stats import binomtest, wilcoxon
assert wilcoxon([1, 2, 3, 4, 5, 6, 7, 8]).pvalue == 2 / 2**8
assert binomtest(8, 8).pvalue == 2 / 2**8
there = scipy.optimize.minimize(lambda x: (np.sum((x - 3) ** 2), 2 * (x - 3)), np.zeros(6), jac=True,
                                method="L-BFGS-B")
assert np.allclose(there.x, 3)
assert np.allclose(scipy.signal.oaconvolve(np.ones(9), np.ones(3), mode="same")[1:-1], 3)
quarter = scipy.spatial.transform.Rotation.from_rotvec([0, 0, 90], degrees=True)
assert np.allclose(quarter.apply([1, 0, 0]), [0, 1, 0])
assert np.allclose(scipy.linalg.eigh(np.diag([2.0, 1.0]), eigvals_only=True, driver="evr"), [1, 2])
assert scipy.ndimage.distance_transform_edt([0, 1, 1])[2] == 2
assert np.allclose(scipy.fft.irfft2(scipy.fft.rfft2(np.eye(4))), np.eye(4))
try:
    scipy.sparse.csr_array(np.eye(2)) @ np.ones(2)
except NotImplementedError as error:
    assert "came without" in str(error)
else:
    raise AssertionError("sparse matrices are there")
"""

FUSE = """
import numpy as np
from fusionviewer.fusion import runtime
runtime.find_spec = lambda name: None  # what a program without torch finds
assert not runtime.use_torch("auto", "auto")
a = np.linspace(0, 1, 32 * 32, dtype=np.float32).reshape(32, 32)
for network in ("dilran", "eh-dran"):
    for strategy in ("fer", "sfnn-max", "fl1n", "max"):
        fused, _ = runtime.Runtimes().get(network).fused(a, a.T.copy(), strategy)
        assert np.isfinite(fused).all()
"""


@pytest.mark.parametrize(
    "code", [START_ALL, CALCULATE, FUSE], ids=["starts", "calculates", "fuses"]
)
def test_the_light_program_works_without_what_is_left_out(
    root: Path, contents: ModuleType, code: str
) -> None:
    left_out = [name for name in contents.VARIANTS["light"].excluded if name != "training"]
    hook = (root / "packaging" / "without_opengl.py").read_text(encoding="utf-8")
    stand_in = f"sys.path.insert(0, {str(root / 'packaging')!r})\n{STAND_IN}"
    program = LEFT_OUT.format(names=left_out) + stand_in + hook + code
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=root, check=False
    )
    assert done.returncode == 0, done.stderr


def test_no_dependency_is_left_out(root: Path, contents: ModuleType) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {re.split(r"[^A-Za-z0-9-]", line)[0].lower() for line in project["dependencies"]}
    packages = {name.lower() for name in contents.NEVER if "." not in name}
    assert declared.isdisjoint(packages)


def test_every_network_with_weights_has_its_graphs_in_the_light_program(
    root: Path, contents: ModuleType
) -> None:
    shipped = {path.name for path, _ in contents.resources(contents.VARIANTS["light"])}
    cards = [root / "resources" / "weights" / f"{name}.json" for name in NETWORKS]
    assert any(card.is_file() for card in cards)
    for card in filter(Path.is_file, cards):
        graphs = [name for name in json.loads(card.read_text())["files"] if name.endswith(".onnx")]
        assert graphs and shipped.issuperset({card.name, *graphs})


def test_the_full_program_has_all_of_the_light_one_and_the_tensors(contents: ModuleType) -> None:
    light, full = (
        {path.name for path, _ in contents.resources(contents.VARIANTS[name])}
        for name in ("light", "full")
    )
    assert light < full
    assert {name.rsplit(".", 1)[1] for name in full - light} == {"safetensors"}


@pytest.mark.parametrize(
    ("name", "unused"),
    [
        ("PySide6/Qt/plugins/platforms/libqxcb.so", False),
        ("PySide6/Qt/plugins/platforms/libqoffscreen.so", False),
        ("PySide6/Qt/plugins/platforms/libqvnc.so", True),
        ("PySide6\\Qt\\translations\\qtbase_de.qm", False),
        ("PySide6/Qt/translations/qtbase_fr.qm", True),
        ("torch/bin/torch_shm_manager", False),
        ("torch/bin/protoc", True),
        ("torch/nn/modules/conv.py", True),
        ("torch/_functorch/config.py", False),
        ("libstdc++.so.6", True),
        ("libxcb-cursor.so.0", False),
        ("resources/weights/dilran-encoder.onnx", False),
    ],
)
def test_only_what_nobody_uses_is_left_out(name: str, unused: bool, contents: ModuleType) -> None:
    assert contents.is_unused(name) == unused


def test_the_decoder_of_the_built_program_answers(root: Path, tmp_path: Path) -> None:
    request = json.dumps({"path": str(tmp_path / "missing.dcm"), "frames": [0]}) + "\n"
    done = subprocess.run(
        [sys.executable, str(root / "packaging" / "start.py"), "--decode-worker"],
        input=request, capture_output=True, text=True, cwd=root, check=False,
        env={"PYTHONPATH": str(root), "PATH": ""},
    )  # fmt: skip
    assert json.loads(done.stdout) == {"error": "damaged"}


def test_every_picture_that_the_colours_name_is_shipped(root: Path, contents: ModuleType) -> None:
    shipped = {path.name for path, _ in contents.resources(contents.VARIANTS["light"])}
    named = set()
    for path in (root / "fusionviewer" / "ui").glob("*.py"):
        named |= set(re.findall(r"[\w-]+\.svg", path.read_text(encoding="utf-8")))
    assert named and named <= shipped


def test_the_package_depends_on_every_library_that_is_left_to_the_system(
    contents: ModuleType,
) -> None:
    if shutil.which("dpkg-query") is None:
        pytest.skip("dpkg-query is not installed")
    from deb import DEPENDS

    for name in contents.OF_THE_SYSTEM:
        command = ["dpkg-query", "--search", f"*/{name}"]
        said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        owners = {line.split(":")[0] for line in said.splitlines()}
        assert not owners or owners & set(DEPENDS), name


def test_every_part_of_scipy_that_loads_on_first_use_is_named(
    root: Path, contents: ModuleType
) -> None:
    used = set()
    for path in (root / "fusionviewer").rglob("*.py"):
        used |= set(re.findall(r"\bscipy\.[a-z]+(?=\.[a-z])", path.read_text(encoding="utf-8")))
    assert used and used <= set(contents.HIDDEN)
