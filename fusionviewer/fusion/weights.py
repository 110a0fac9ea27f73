"""Find and verify the weights of a network.

Each network NAME has, in `resources/weights`: `NAME.json`, the card that says where the weights come from and
holds the SHA-256 of every other file; `NAME.safetensors`; and the graphs for onnxruntime. A file is
read into memory once, verified, and only then looked at: nothing in it is ever run as code.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fusionviewer.errors import WeightsError
from fusionviewer.fusion.limits import read_limits
from fusionviewer.paths import resources
from fusionviewer.texts import text as _

MAX_BYTES = 256 * 2**20


@dataclass(frozen=True)
class Card:
    """Where a network's weights come from.

    Attributes:
        files: SHA-256 by file name.
        about: the whole card: architecture, configuration, data, seed, recipe, scores.
    """

    name: str
    folder: Path
    files: Mapping[str, str]
    about: Mapping[str, Any]

    @property
    def config(self) -> dict[str, Any]:
        return dict(self.about.get("config", {}))

    @property
    def hint(self) -> str | None:
        """What can be done about faulty weights; None where `WeightsError` knows it itself."""
        return _hint(self.folder)

    @property
    def sha256(self) -> str:
        """The checksum that names these weights, in exports and on screen."""
        return self.files[f"{self.name}.safetensors"]


def read_card(name: str, folder: Path | None = None) -> Card:
    """The card of network `name`.

    Raises:
        WeightsError: there is none, or it is not a card.
    """
    folder = folder or _shipped()
    path = folder / f"{name}.json"
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        files = {str(file): str(checksum) for file, checksum in about["files"].items()}
        read_limits(about)
        if not isinstance(about.get("config", {}), dict):
            raise TypeError("a configuration is values by name")
    except FileNotFoundError as error:
        raise WeightsError(
            _(
                "The weights of {name} are missing: there is no “{file}”.",
                name=name,
                file=path.name,
            ),
            _hint(folder),
        ) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsError(
            _("“{name}”, the card of the weights, cannot be read.", name=path.name), _hint(folder)
        ) from error
    if f"{name}.safetensors" not in files:
        raise WeightsError(_("“{name}” names no weights.", name=path.name), _hint(folder))
    return Card(name, folder, files, about)


def _hint(folder: Path) -> str | None:
    if folder == _shipped():
        return None
    return _(
        "Check the weights in the folder {folder}, or use those that come with FusionViewer.",
        folder=folder,
    )


def _shipped() -> Path:
    return resources() / "weights"


def verified(card: Card, file: str) -> bytes:
    """The bytes of `file`, exactly as the card describes them.

    Raises:
        WeightsError: missing, unreadable, too large, or altered.
    """
    path = card.folder / file
    if file not in card.files:
        raise WeightsError(
            _("The card of {name} does not name “{file}”.", name=card.name, file=file), card.hint
        )
    try:
        if path.stat().st_size > MAX_BYTES:
            raise WeightsError(
                _("“{file}” is too large to be weights of {name}.", file=file, name=card.name),
                card.hint,
            )
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise WeightsError(
            _(
                "The weights of {name} are missing: there is no “{file}”.",
                name=card.name,
                file=file,
            ),
            card.hint,
        ) from error
    except OSError as error:
        raise WeightsError(
            _("“{file}”, weights of {name}, cannot be read.", file=file, name=card.name), card.hint
        ) from error
    if hashlib.sha256(content).hexdigest() != card.files[file]:
        raise WeightsError(
            _("“{file}” was altered or damaged: its checksum is not the card's.", file=file),
            card.hint,
        )
    return content
