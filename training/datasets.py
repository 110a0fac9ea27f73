"""Pairs of images by name, split by patient, read whole into memory."""

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from fusionviewer.errors import UnreadableFile
from fusionviewer.fusion.otsu import otsu_masks
from training import splits
from training.config import DataConfig
from training.errors import DataError
from training.splits import Splits

LUMINANCE = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # full-range BT.601


@dataclass(frozen=True)
class Pair:
    """Two registered images of one slice; (1, H, W) each, within 0…1."""

    pair: str  # “CT-MRI”
    name: str  # case and slice
    first: Tensor
    second: Tensor


@dataclass(frozen=True)
class Sample:
    """What a task sees: one image (1, H, W), or a pair as two channels (2, H, W)."""

    kind: str  # the modality, or the pair of modalities
    name: str
    pixels: Tensor


def data_home() -> Path:
    """The folder with all data.

    Raises:
        DataError: FUSIONVIEWER_DATA is not set.
    """
    if not (home := os.environ.get("FUSIONVIEWER_DATA")):
        raise DataError("The environment variable FUSIONVIEWER_DATA is not set.")
    return Path(home)


def data_root(config: DataConfig) -> Path:
    """The folder with the images.

    Raises:
        DataError: FUSIONVIEWER_DATA is not set, or the folder is not there.
    """
    root = data_home() / config.root
    if not root.is_dir():
        raise DataError(f"There is no folder “{config.root}” in FUSIONVIEWER_DATA.")
    return root


def paired_names(folder: Path) -> list[str]:
    """The names that both modality folders of “CT-MRI” have, in string order.

    Raises:
        DataError: a modality folder is missing or empty, or a name has no partner; or the folder is
            not named after two modalities.
    """
    names: list[set[str]] = []
    modalities = folder.name.split("-")
    if len(modalities) != 2:
        raise DataError(f"“{folder.name}” is no pair of modalities.", "Write it as in CT-MRI.")
    for modality in modalities:
        if not (folder / modality).is_dir():
            raise DataError(f"“{folder.name}” has no folder “{modality}”.")
        names.append({path.stem for path in (folder / modality).glob("*.png")})
    first, second = names
    if alone := sorted(first ^ second):
        raise DataError(f"In “{folder.name}”, {', '.join(alone[:5])} has no partner.")
    if not first:
        raise DataError(f"“{folder.name}” has no PNG files.")
    return sorted(first)


def split_rule(root: Path, config: DataConfig) -> str:
    """The file or rule that splits: of a data set without `splits.json`, the rule by study."""
    without = config.splits == splits.FILE and not (root / splits.FILE).exists()
    return "study" if without else config.splits


def read_splits(root: Path, config: DataConfig) -> dict[str, dict[str, list[str]]]:
    """{pair: {split: names}} for the pairs that `config` asks for; see `split_rule`.

    Raises:
        DataError: the file is missing or broken, names a slice that is not there, or puts
            one slice into two splits; or the rule does not go with the names.
    """
    names = {pair: paired_names(root / pair) for pair in config.pairs}
    if (rule := splits.BY_NAME.get(split_rule(root, config))) is not None:
        return rule(names)
    read = splits.read_split_file(root / config.splits, config.pairs)
    for pair, parts in read.items():
        listed = [name for each in parts.values() for name in each]
        if missing := sorted(set(listed) - set(names[pair])):
            raise DataError(f"“{config.splits}” names {pair} {missing[0]}, which is not there.")
    return read


def read_pairs(root: Path, parts_of: Splits, split: str, scaling: str = "div255") -> list[Pair]:
    """Every pair of one split, scaled by an entry of SCALINGS.

    Raises:
        UnreadableFile: an image is broken, or has another size than its partner.
    """
    scale = SCALINGS[scaling]
    return [
        _read_pair(root / pair, name, scale)
        for pair, parts in parts_of.items()
        for name in parts[split]
    ]


def list_digest(parts_of: Splits) -> str:
    """SHA-256 of the sorted lines “pair/split/name”: which slices went where."""
    lines = [f"{p}/{s}/{n}" for p, parts in parts_of.items() for s, ns in parts.items() for n in ns]
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def images(pairs: Iterable[Pair]) -> list[Sample]:
    """Both images of every pair, each on its own."""
    samples = []
    for pair in pairs:
        for kind, pixels in zip(pair.pair.split("-"), (pair.first, pair.second), strict=True):
            samples.append(Sample(kind, pair.name, pixels))
    return samples


def stacked(pairs: Iterable[Pair]) -> list[Sample]:
    """Every pair as two channels, in the order of its name."""
    return [Sample(p.pair, p.name, torch.cat((p.first, p.second))) for p in pairs]


def masked(pairs: Iterable[Pair]) -> list[Sample]:
    """As `stacked`, followed by the foregrounds of both whole images: four channels."""
    samples = stacked(pairs)
    return [replace(s, pixels=torch.cat((s.pixels, _foregrounds(s.pixels)))) for s in samples]


def _foregrounds(pixels: Tensor) -> Tensor:
    return otsu_masks(pixels[:, None])[:, 0]  # each channel is an image of its own


AS_READ = {"images": images, "pairs": stacked, "masked pairs": masked}  # by Task.reads


def spread(samples: Sequence[Sample], per_kind: int) -> list[Sample]:
    """Of each kind, `per_kind` evenly spaced samples; 0 takes all."""
    chosen = []
    for kind in sorted({s.kind for s in samples}):
        of_kind = [s for s in samples if s.kind == kind]
        count = min(per_kind or len(of_kind), len(of_kind))
        chosen += [of_kind[i * len(of_kind) // count] for i in range(count)]
    return chosen


def _stretched(image: Tensor) -> Tensor:
    """From its least to its greatest value on 0…1; a constant image stays as it is.

    Source: the public code of arXiv:2411.11799. It makes dim slices as bright as others.
    """
    low, high = image.min(), image.max()
    return (image - low) / (high - low) if high > low else image


SCALINGS: dict[str, Callable[[Tensor], Tensor]] = {
    "div255": lambda image: image,  # read_luminance has divided
    "minmax": _stretched,
}


def _read_pair(folder: Path, name: str, scale: Callable[[Tensor], Tensor]) -> Pair:
    paths = [folder / modality / f"{name}.png" for modality in folder.name.split("-")]
    first, second = (scale(torch.from_numpy(read_luminance(path))[None]) for path in paths)
    if first.shape != second.shape:
        raise UnreadableFile(paths[1], "has another size than its partner")
    return Pair(folder.name, name, first, second)


def read_luminance(path: Path) -> NDArray[np.float32]:
    """A picture's grey levels (H, W) as 0…1; of a colour picture Y of full-range BT.601.

    Raises:
        UnreadableFile: missing, cut off, or not a picture.
    """
    try:
        with Image.open(path) as picture:
            deep = picture.mode.startswith("I")
            grey = picture.mode == "L" or deep
            pixels = np.asarray(picture if grey else picture.convert("RGB"), dtype=np.float32)
    except (OSError, UnidentifiedImageError, SyntaxError, ValueError) as error:
        raise UnreadableFile(path, "could not be read") from error
    levels = pixels / np.float32(65535 if deep else 255)
    return np.asarray(levels if grey else levels @ LUMINANCE, dtype=np.float32)
