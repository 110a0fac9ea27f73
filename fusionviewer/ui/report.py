"""What helps to repair a fault, without patient data: versions and places, no paths, no values."""

import platform
from importlib.metadata import PackageNotFoundError, version

from fusionviewer import __version__
from fusionviewer.ui.messages import place_of

PACKAGES = ("PySide6-Essentials", "pyqtgraph", "numpy", "onnxruntime", "torch", "pydicom")


class Report:
    """Collects the last few unexpected errors."""

    def __init__(self) -> None:
        self._faults: list[str] = []

    def note(self, error: BaseException) -> None:
        """Remember where an error was; its text stays out, for it may name a file or a person."""
        self._faults = [*self._faults[-4:], f"{type(error).__name__} at {place_of(error)}"]

    def text(self) -> str:
        system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
        packages = [f"{name} {_version(name)}" for name in PACKAGES]
        return "\n".join((f"FusionViewer {__version__}", system, *packages, *self._faults))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
