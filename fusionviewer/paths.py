"""Where the program's own files and the user's folders are, installed or not."""

import sys
from pathlib import Path

import platformdirs

APP = "FusionViewer"


def resources() -> Path:
    """The folder `resources/`: beside the package in a checkout, inside it once installed."""
    if bundle := getattr(sys, "_MEIPASS", None):
        return Path(bundle) / "resources"
    package = Path(__file__).parent
    installed = package / "resources"
    return installed if installed.is_dir() else package.parent / "resources"


def settings_file() -> Path:
    return Path(platformdirs.user_config_dir(APP, appauthor=False)) / "settings.json"


def log_folder() -> Path:
    return Path(platformdirs.user_log_dir(APP, appauthor=False))


def own_weights_folder() -> Path:
    """Where the user puts weights that do not come with the program."""
    return Path(platformdirs.user_data_dir(APP, appauthor=False)) / "weights"


def sample_folder() -> Path:
    """Where the window keeps the sample patient that it generates."""
    return Path(platformdirs.user_cache_dir(APP, appauthor=False)) / "sample"


def session_folder() -> Path:
    """For what is open now, which names files; only its user may look into it."""
    return Path(platformdirs.user_state_dir(APP, appauthor=False)) / "session"
