"""Runs before the built program: stands in for two modules of Qt that only OpenGL drawing needs.

pyqtgraph imports them whether it draws with OpenGL or not; this program never does. They and their
library have 10 MB.
"""

import sys
from types import ModuleType

try:
    from PySide6.QtWidgets import QWidget
except ImportError as error:  # the first thing that needs Qt, in every start
    sys.exit(f"FusionViewer cannot start, for a part of it is missing ({error}). Install it again.")


class NoOpenGL(QWidget):
    """What a class of pyqtgraph derives from, of which nobody makes an object."""

    def __init__(self) -> None:
        raise RuntimeError("This program came without OpenGL.")


for name in ("QtOpenGL", "QtOpenGLWidgets"):
    module = ModuleType(f"PySide6.{name}")
    module.QOpenGLWidget = NoOpenGL  # type: ignore[attr-defined]
    sys.modules[module.__name__] = module
