"""Sizes in pixels that go with the size of the texts."""

from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication


def scaled(pixels: int) -> int:
    """What `pixels` beside texts of 100 % are beside texts of the size that is set."""
    plain = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    return round(pixels * QApplication.font().pointSizeF() / plain.pointSizeF())
