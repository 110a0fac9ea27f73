"""Networks that are ready to run, on the library that runs them fastest here.

Two backends behind one seam: onnxruntime on the CPU, from exported graphs; torch on a GPU, or where
gradients are wanted. Strategies are the same functions for both.
"""

import ctypes.util
import hashlib
import sys
from collections import OrderedDict
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from fusionviewer.errors import FusionError
from fusionviewer.fusion.answers import Answer, fused_from
from fusionviewer.fusion.arrays import like
from fusionviewer.fusion.learned_strategy import LEARNED
from fusionviewer.fusion.limits import read_limits
from fusionviewer.fusion.methods import NETWORKS
from fusionviewer.fusion.options import Value
from fusionviewer.fusion.strategies import STRATEGIES
from fusionviewer.fusion.surroundings import DECODER_REACH, LARGEST, Surroundings, box_around
from fusionviewer.fusion.volume_weights import VolumeWeight
from fusionviewer.fusion.weights import Card, read_card
from fusionviewer.imaging.memory import free_memory
from fusionviewer.texts import marked
from fusionviewer.texts import text as _

Backend = Literal["auto", "torch", "onnx"]
Device = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["float32", "bfloat16"]
Plane = NDArray[np.float32]  # (H, W)
Features = Any  # (1, C, H, W), NumPy array or torch tensor

KEPT_IMAGES = 2


class AutoEncoder(Protocol):
    """An image to features and back. H and W are even."""

    def encode(self, image: Plane) -> Features: ...
    def decode(self, features: Features) -> Plane: ...

    def share(self, fa: Features, fb: Features) -> Features:
        """The learned strategy: the share of `fa`, (1, 1, H, W)."""


class EndToEnd(Protocol):
    """Two images to what `answers.fused_from` reads, (C, H, W). H and W are even.

    `functional` tells whether one of both is PET or SPECT; a network may have weights of its own for that.
    """

    def answer(self, a: Plane, b: Plane, functional: bool = False) -> Answer: ...


class Runtime:
    """One loaded network. Threads may share it."""

    def __init__(self, card: Card, network: AutoEncoder | EndToEnd, device: str) -> None:
        self.card = card
        self.device = device  # "cpu (onnxruntime)", "cuda (torch)" …
        self.limits = read_limits(card.about)
        self._network = network
        self._encoded: OrderedDict[bytes, Features] = OrderedDict()
        self._surroundings = Surroundings(card.config.get("norm", "separate"))
        self._lock = Lock()  # of what is kept; the backends need none

    def fused(
        self,
        a: Plane,
        b: Plane,
        strategy: str,
        options: Mapping[str, Value] = MappingProxyType({}),
        check: Callable[[], None] = lambda: None,
        weight: NDArray[np.float64] | None = None,
        functional: bool = False,
    ) -> tuple[Plane, Plane | None]:
        """The fused image and, where the method tells, the share of `a`, both (H, W).

        Odd sizes are padded by repeating the last row and column, and cropped back. The share is the
        strategy's weight of `a`, averaged over the channels, or the network's own.

        Args:
            options: settings of the strategy, or of a network without one.
            check: called between steps; raises to stop.
            weight: of `a`, in place of the strategy's own, (1, 1, 1, 1) or (1, C, 1, 1).
            functional: whether one of both images is PET or SPECT.

        Raises:
            FusionError: the images do not fit in memory.
        """
        height, width = a.shape
        # Where memory is promised and not there, the system ends the program instead of saying so.
        on_processor = self.device.startswith("CPU")
        if on_processor and NETWORKS[self.card.name].bytes_per_pixel * a.size > free_memory():
            raise _too_large(a)
        try:
            grey, share = self._run(
                _even(a), _even(b), strategy, options, check, weight, functional
            )
        except MemoryError as error:
            raise _too_large(a) from error
        except RuntimeError as error:  # torch raises it when memory runs out
            if says_memory(error):
                raise _too_large(a) from error
            raise
        return grey[:height, :width], None if share is None else share[:height, :width]

    def weighed(self, a: Plane, b: Plane, into: VolumeWeight) -> None:
        """Add the features of two slices to what is known of their volumes."""
        network: AutoEncoder = self._network  # type: ignore[assignment]
        into.add(self._features(network, _even(a)), self._features(network, _even(b)))

    @property
    def kept_bytes(self) -> int:
        """What the features that are kept take."""
        with self._lock:
            return sum(features.nbytes for features in self._encoded.values())

    def forget(self) -> None:
        """Let go of the features that are kept for the next strategy."""
        with self._lock:
            self._encoded.clear()

    def _run(
        self,
        a: Plane,
        b: Plane,
        strategy: str,
        options: Mapping[str, Value],
        check: Callable[[], None],
        weight: NDArray[np.float64] | None,
        functional: bool,
    ) -> tuple[Plane, Plane | None]:
        if not strategy:
            answer = self._network.answer(a, b, functional)  # type: ignore[union-attr]
            return fused_from(answer, a, b, options)
        network: AutoEncoder = self._network  # type: ignore[assignment]
        fa = self._features(network, a)
        check()
        fb = self._features(network, b)
        check()
        share = network.share if strategy == LEARNED.name else STRATEGIES[strategy].weights
        if share is None:
            merge = STRATEGIES[strategy].merge
            return _decoded(network, lambda place: merge(fa, fb, **options)[place], a, b), None
        of_a = share(fa, fb, **options) if weight is None else like(weight, fa)
        check()
        grey = _decoded(network, lambda place: _weighed(of_a, fa, fb, place), a, b)
        return grey, np.broadcast_to(_mean_over_channels(of_a), a.shape)

    def _features(self, network: AutoEncoder, image: Plane) -> Features:
        """The encoded image. The last two are kept, unless they are large: another strategy for the
        same slice is quick."""
        key = hashlib.blake2b(image.data, digest_size=16).digest() + repr(image.shape).encode()
        with self._lock:
            features = self._encoded.pop(key, None)
        if features is None:
            features = self._surroundings.encode(network, image)
        if image.size > LARGEST:
            return features
        with self._lock:
            self._encoded[key] = features
            while len(self._encoded) > KEPT_IMAGES:
                self._encoded.popitem(last=False)
        return features


def _decoded(
    network: AutoEncoder, features: Callable[[Any], Features], a: Plane, b: Plane
) -> Plane:
    """The image of features, (H, W); 0 where both images and what is near them are black.

    Args:
        features: gives those of a place, an index of the last two axes.
    """
    seen = box_around((a != 0) | (b != 0))
    if seen is None:
        return np.zeros_like(a)
    computed = seen.grown(DECODER_REACH, a.shape)
    grey = np.zeros_like(a)
    grey[computed.place] = network.decode(features((..., *computed.place)))
    return grey


def _weighed(of_a: Features, fa: Features, fb: Features, place: Any) -> Features:
    """The weighted mean of two images' features at a place; `of_a` broadcasts to them."""
    w = of_a if of_a.shape[-2:] == (1, 1) else of_a[place]
    return w * fa[place] + (1 - w) * fb[place]


def _even(image: Plane) -> Plane:
    height, width = image.shape
    if height % 2 == 0 and width % 2 == 0:
        return np.ascontiguousarray(image)
    return np.pad(image, ((0, height % 2), (0, width % 2)), mode="edge")


def _mean_over_channels(weights: Any) -> NDArray[np.float32]:
    array = np.asarray(weights.cpu() if hasattr(weights, "cpu") else weights)
    return np.asarray(array.mean(axis=1)[0], dtype=np.float32)


def says_memory(error: Exception) -> bool:
    """Whether a library means that memory ran out."""
    said = str(error).lower()
    return "alloc" in said or "memory" in said


def _too_large(image: Plane) -> FusionError:
    return FusionError(
        _(
            "{width}×{height} pixels do not fit in memory with this network.",
            width=image.shape[1],
            height=image.shape[0],
        ),
        marked("Choose a method that needs less memory, such as maximum, or close other programs."),
    )


class Runtimes:
    """Loads networks on first use and keeps them, once for all threads that ask."""

    def __init__(
        self,
        backend: Backend = "auto",
        device: Device = "auto",
        folder: Path | None = None,
        precision: Precision = "float32",
    ) -> None:
        self._backend = backend
        self._device = device
        self._folder = folder
        self._precision = precision
        self._loaded: dict[str, Runtime] = {}
        self._lock = Lock()

    def get(self, name: str) -> Runtime:
        """Network `name`, ready to run.

        Raises:
            WeightsError: the weights are missing, damaged, or not those of this network.
            FusionError: torch is to run it, and is not there; or the backend, the device and the
                precision do not go together here.
        """
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = self._load(name)
            return self._loaded[name]

    def _load(self, name: str) -> Runtime:
        card = read_card(name, self._folder)
        kind = NETWORKS[name].kind
        if use_torch(self._backend, self._device, self._precision):
            if not has_torch():
                raise FusionError(
                    _(
                        "This program came without torch, so networks run on the CPU in float32 only."
                    ),
                    _("Use onnxruntime on the CPU, or install the full program."),
                )
            from fusionviewer.fusion import torch_backend

            return torch_backend.load(card, kind, self._device, self._precision)
        from fusionviewer.fusion import onnx_backend

        return onnx_backend.load(card, kind)


def use_torch(backend: Backend, device: Device, precision: Precision = "float32") -> bool:
    """Whether torch is to run the networks; found out without importing it.

    Raises:
        FusionError: onnxruntime was asked for, on a device or in a precision that it does not run
            in here.
    """
    if backend == "onnx":
        if precision != "float32":
            raise FusionError(
                _("onnxruntime computes in float32 only, not in {precision}.", precision=precision),
                _("Use --backend torch."),
            )
        if device not in ("auto", "cpu"):
            raise FusionError(
                _("onnxruntime runs on the CPU only, not on {device}.", device=device),
                _("Use --backend torch."),
            )
        return False
    if backend == "torch" or device in ("cuda", "mps") or precision != "float32":
        return True
    return device == "auto" and _gpu_likely()


def has_torch() -> bool:
    """Whether torch is installed; the small program comes without it."""
    return find_spec("torch") is not None


def _gpu_likely() -> bool:
    if sys.platform == "darwin" or not has_torch():
        return False  # MPS: measured nowhere yet; --device mps asks for it by name
    return ctypes.util.find_library("cuda") is not None or Path("/dev/nvidia0").exists()
