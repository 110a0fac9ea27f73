"""What goes into the built program and what stays out, as data.

The two variants differ in torch alone. `light` runs networks on onnxruntime, on the processor; `full`
has torch as well, for those who compare the two or have a graphics processor.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from without_solvers import LEFT_OUT

ROOT = Path(__file__).resolve().parent.parent
Entry = tuple[str, str, str]  # destination, source, kind: as PyInstaller lists what it collects


@dataclass(frozen=True)
class Variant:
    """One kind of program.

    Attributes:
        resources: patterns below resources/ that it ships.
        excluded: modules that are never in it, with all below them.
    """

    name: str
    resources: tuple[str, ...]
    excluded: tuple[str, ...]


RESOURCES = (
    "weights/*.json", "weights/*.onnx", "presets/*.json", "icons/*.png", "icons/tick-*.svg",
    "texts/*.mo", "ORIGINS.md",
)  # fmt: skip

# Tools, tests, and what other packages would use if it were there.
NEVER = (
    "tkinter", "turtle", "idlelib", "ensurepip", "lib2to3", "pip", "setuptools", "pkg_resources",
    "wheel", "IPython", "matplotlib", "pandas", "PyQt5", "PyQt6", "PySide2", "OpenGL", "cupy", "jax",
    "dask", "sparse", "ndonnx", "numba", "h5py", "pyarrow", "tifffile", "gdcm",
    "pytest", "_pytest", "pytestqt", "hypothesis", "skimage", "sklearn", "sewar", "phasepack",
    "mypy", "ruff", "monai", "lightning_fabric", "tensorboard", "onnx", "onnxscript", "onnx_ir",
    "sympy", "mpmath", "networkx", "jinja2", "fsspec", "psutil", "requests", "cryptography",
    "pygments", "markdown_it", "mdurl", "yaml", "cffi", "pycparser", "attr", "PIL._avif", "PIL._webp",
    "PIL.ImageTk", "PySide6.QtTest", "PySide6.QtOpenGL", "PySide6.QtOpenGLWidgets",
    "SimpleITK", "readline", "_gdbm", "_dbm", "_curses", "curses", "sqlite3",
    "onnxruntime.transformers", "onnxruntime.quantization", "onnxruntime.tools",
    "onnxruntime.datasets", "scipy.datasets", "scipy.io", "pyqtgraph.opengl", "pyqtgraph.examples",
    "pyqtgraph.jupyter", "pydicom.cli", "nibabel.cmdline", "nibabel.tests",
    "training", *LEFT_OUT,
)  # fmt: skip

# Compilers, training on many machines, and torch's own tests. Importing torch fails without the rest of
# torch.distributed, .testing, .ao, ._functorch, ._export and torchgen.
TORCH_NEVER = (
    "torch._inductor", "torch._dynamo", "torch._numpy", "torch._vendor.quack", "torch.onnx",
    "torch._export.serde", "torch.ao.ns", "torch.ao.pruning", "torch.ao.quantization.fx",
    "torch.distributed._shard", "torch.distributed._tools", "torch.distributed.checkpoint",
    "torch.distributed.elastic", "torch.distributed.flight_recorder", "torch.distributed.fsdp",
    "torch.distributed.optim", "torch.distributed.pipelining", "torch.distributed.tensor",
    "torch.fx.experimental.migrate_gradual_types", "torch.sparse._triton_ops_meta",
    "torch.testing._internal.common_distributed", "torch.testing._internal.common_fsdp",
    "torch.testing._internal.common_methods_invocations", "torch.testing._internal.common_modules",
    "torch.testing._internal.common_nn", "torch.testing._internal.common_quantization",
    "torch.testing._internal.common_utils", "torch.testing._internal.distributed",
    "torch.testing._internal.generated", "torch.testing._internal.opinfo",
    "torch.testing._internal.optests", "torch.utils.benchmark", "torch.utils.bottleneck",
    "torch.utils.cpp_extension", "torch.utils.hipify", "torch.utils.tensorboard", "caffe2", "triton",
    "functorch",
)  # fmt: skip

VARIANTS = {
    "light": Variant("light", RESOURCES, (*NEVER, "torch", "torchgen")),
    "full": Variant("full", (*RESOURCES, "weights/*.safetensors"), (*NEVER, *TORCH_NEVER)),
}

# Found at run time, by a name in a table or through an entry point, where no analysis sees them.
HIDDEN = (
    "fusionviewer.formats.decode_worker", "fusionviewer.fusion.onnx_backend",
    "imagecodecs.imagecodecs", "imagecodecs._jpeg8", "imagecodecs._jpegsof3", "imagecodecs._ljpeg",
    "imagecodecs._shared", "imagecodecs._shared_cython", "highdicom.seg", "highdicom.sr",
    "pylibjpeg", "openjpeg", "rle", "jpeg_ls", "array_api_compat.numpy",
    "array_api_compat.numpy.fft", "array_api_compat.numpy.linalg", "safetensors.numpy",
    "scipy.fft", "scipy.linalg", "scipy.ndimage", "scipy.optimize", "scipy.signal", "scipy.spatial",
    "scipy.stats",
)  # fmt: skip
HIDDEN_WITH_TORCH = (
    "fusionviewer.fusion.torch_backend", "fusionviewer.fusion.dilran", "fusionviewer.fusion.eh_dran",
    "fusionviewer.fusion.mfinet", "fusionviewer.fusion.mopa", "fusionviewer.fusion.clarus",
    "fusionviewer.fusion.learned", "safetensors.torch", "array_api_compat.torch",
    "array_api_compat.torch.fft",
    "array_api_compat.torch.linalg",
)  # fmt: skip

# Distributions whose metadata is read at run time: decoders are found by their entry points, the
# report names versions.
METADATA = (
    "pylibjpeg", "pylibjpeg-openjpeg", "pylibjpeg-rle", "pyjpegls", "PySide6-Essentials", "pyqtgraph",
    "numpy", "onnxruntime", "pydicom", "imagecodecs",
)  # fmt: skip

# Packages that read files of their own, such as tables of the DICOM standard.
WITH_DATA = ("highdicom",)

# Files that PyInstaller finds and nobody uses, as they would lie in the program's folder.
UNUSED_FILES = (
    "PySide6/*translations/*", "PySide6/Qt/qml/*", "PySide6/Qt/lib/libQt6Quick*",
    "PySide6/Qt/lib/libQt6Qml*", "PySide6/Qt/lib/libQt6VirtualKeyboard*", "PySide6/Qt/lib/libQt6Pdf*",
    "PySide6/Qt/lib/libQt6EglFS*", "PySide6/Qt/lib/libQt6EglFs*", "libQt6EglFS*", "libQt6EglFs*",
    "PySide6/Qt/plugins/egldeviceintegrations/*", "PySide6/Qt/plugins/generic/*",
    "PySide6/Qt/plugins/networkinformation/*",
    "PySide6/Qt/plugins/tls/*", "PySide6/Qt/plugins/platforminputcontexts/libqtvirtual*",
    "PySide6/Qt/plugins/platforms/libqeglfs*", "PySide6/Qt/plugins/platforms/libqlinuxfb*",
    "PySide6/Qt/plugins/platforms/libqminimal*", "PySide6/Qt/plugins/platforms/libqvkkhr*",
    "PySide6/Qt/plugins/platforms/libqvnc*", "PySide6/Qt/plugins/platformthemes/libqgtk3*",
    "PySide6/Qt/plugins/imageformats/libqpdf*", "PySide6/Qt/plugins/imageformats/libqwebp*",
    "PySide6/Qt/plugins/imageformats/libqtiff*", "PySide6/Qt/plugins/imageformats/libqtga*",
    "PySide6/Qt/plugins/imageformats/libqwbmp*", "PySide6/Qt/plugins/imageformats/libqicns*",
    "PIL/_avif*", "PIL/_webp*", "pillow.libs/libavif*", "pillow.libs/libwebp*",
    "pillow.libs/libsharpyuv*", "*/tests/*", "*.pyi", "*.pxd", "*.h", "*.hpp", "*.a", "*.lib", "*.cmake",
    "pyqtgraph/examples/*", "pyqtgraph/icons/*.ai", "pyqtgraph/icons/peegee/*.png",
    "onnxruntime/datasets/*",
    "torch/test/*", "torch/include/*", "torch/share/*", "torch/lib/libtorchbind_test*",
    "torch/lib/libjitbackend_test*", "torch/lib/libbackend_with_compiler*",
    "torch/lib/libaoti_custom_ops*", "torch/_inductor/*", "torch/_dynamo/*", "torch/onnx/*",
    "torch/utils/model_dump/*", "torch/bin/*",
    "torch/*.py",  # the texts; what is run of them lies in the program file
)  # fmt: skip
# torch reads the texts of these when it is imported.
USED_AFTER_ALL = (
    "torch/bin/torch_shm_manager", "torch/*config*.py", "torch/functional.py",
    "torch/nn/functional.py", "torch/nn/modules/rnn.py", "PySide6/*translations/qtbase_de.qm",
)  # fmt: skip

# Libraries that every Linux desktop has, in the version that its graphics driver, its fonts and its bus
# were made for: older ones that came with a program would be taken by these as well. The package depends
# on them (linux/deb.py).
OF_THE_SYSTEM = (
    "libX11.so.6", "libX11-xcb.so.1", "libdbus-1.so.3", "libfontconfig.so.1", "libfreetype.so.6",
    "libgcc_s.so.1", "libglib-2.0.so.0", "libgssapi_krb5.so.2", "libgthread-2.0.so.0",
    "libstdc++.so.6",
)  # fmt: skip

# Keep their symbols: what auditwheel patched does not load any more once stripped ("ELF load command
# address/offset not page-aligned").
NEVER_STRIPPED = ("*.libs/*",)

# A missing library of these is only a warning of PyInstaller, and a program that does not start, or
# cannot keep a password: `without_cryptography.py` calls OpenSSL by its name.
LINUX_NEEDS = (
    "libcrypto.so.3",
    "libxcb-cursor.so.0", "libxcb-icccm.so.4", "libxcb-image.so.0", "libxcb-keysyms.so.1",
    "libxcb-render-util.so.0", "libxcb-shape.so.0", "libxkbcommon-x11.so.0", "libxkbcommon.so.0",
)  # fmt: skip


def resources(variant: Variant, root: Path = ROOT) -> list[tuple[Path, str]]:
    """What of resources/ goes in, and the folder in the program that it goes to."""
    folder = root / "resources"
    found = sorted({path for pattern in variant.resources for path in folder.glob(pattern)})
    return [(path, str(path.parent.relative_to(root)).replace("\\", "/")) for path in found]


def used(entries: Iterable[Entry]) -> list[Entry]:
    """The entries without files that nobody uses."""
    return [entry for entry in entries if not is_unused(entry[0])]


def is_unused(destination: str) -> bool:
    """Whether the file of this name in the program's folder is left out."""
    name = destination.replace("\\", "/")
    if matches(name, USED_AFTER_ALL):
        return False
    return name in OF_THE_SYSTEM or matches(name, UNUSED_FILES)


def matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)
