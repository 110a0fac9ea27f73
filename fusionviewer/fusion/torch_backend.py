"""Networks on torch: CUDA, MPS, or the CPU when it is asked for."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from fusionviewer.errors import FusionError, WeightsError
from fusionviewer.fusion.learned_strategy import learned_card
from fusionviewer.fusion.runtime import Plane, Runtime
from fusionviewer.fusion.weights import Card, verified

MODULES = {
    "dilran": "fusionviewer.fusion.dilran",
    "eh-dran": "fusionviewer.fusion.eh_dran",
    "mfinet": "fusionviewer.fusion.mfinet",
    "mopa": "fusionviewer.fusion.mopa",
    "learned": "fusionviewer.fusion.learned",
}


def load(card: Card, kind: str, device: str = "auto") -> Runtime:
    """The network of `card` on `device`.

    Raises:
        WeightsError: the weights are missing, altered, or do not fit the network.
        FusionError: there is no such device here.
    """
    where = torch_device(device)
    module = load_module(card).to(where)
    network: TorchAutoEncoder | TorchEndToEnd = (
        TorchAutoEncoder(module, where, card)
        if kind == "auto-encoder"
        else TorchEndToEnd(module, where)
    )
    return Runtime(card, network, f"{where.type.upper()} (torch)")


def load_module(card: Card) -> nn.Module:
    """The network itself with its weights, in evaluation mode, on the CPU.

    Raises:
        WeightsError: as `load`.
    """
    file = f"{card.name}.safetensors"
    content = verified(card, file)
    try:
        tensors = safetensors.torch.load(content)
        network: nn.Module = import_module(MODULES[card.name]).build(card.config)
        network.load_state_dict(tensors, strict=True)
    except (safetensors.SafetensorError, RuntimeError, TypeError, ValueError) as error:
        raise WeightsError(f"“{file}” does not hold the weights of {card.name}.") from error
    if not all(
        tensor.isfinite().all() for tensor in tensors.values() if tensor.is_floating_point()
    ):
        raise WeightsError(f"“{file}” holds values that are not numbers.")
    return network.eval()


def torch_device(name: str) -> torch.device:
    """The device by name; "auto" takes a GPU where there is one.

    Raises:
        FusionError: there is no such device here.
    """
    available: dict[str, Callable[[], bool]] = {
        "cuda": torch.cuda.is_available,
        "mps": torch.backends.mps.is_available,
        "cpu": lambda: True,
    }
    if name == "auto":
        name = next(device for device in available if available[device]())
    if name not in available or not available[name]():
        raise FusionError(f"This computer has no {name.upper()} device.", "Use --device cpu.")
    return torch.device(name)


class TorchAutoEncoder:
    def __init__(self, module: Any, device: torch.device, card: Card) -> None:
        self._module = module  # nn.Module knows neither encode nor decode
        self._device = device
        self._card = card
        self._share: nn.Module | None = None

    @torch.inference_mode()
    def encode(self, image: Plane) -> Tensor:
        """(H, W) → (1, C, H, W) on the device."""
        encoded: Tensor = self._module.encode(_tensor(image, self._device))
        return encoded

    @torch.inference_mode()
    def decode(self, features: Tensor) -> Plane:
        return _plane(self._module.decode(features))

    @torch.inference_mode()
    def share(self, fa: Tensor, fb: Tensor) -> Tensor:
        if self._share is None:
            self._share = load_module(learned_card(self._card)).to(self._device)
        share: Tensor = self._share(fa, fb)
        return share


class TorchEndToEnd:
    def __init__(self, module: nn.Module, device: torch.device) -> None:
        self._module = module
        self._device = device

    @torch.inference_mode()
    def fuse(self, a: Plane, b: Plane) -> Plane:
        return _plane(self._module(_tensor(a, self._device), _tensor(b, self._device)))


def _tensor(image: Plane, device: torch.device) -> Tensor:
    return torch.from_numpy(np.array(image, dtype=np.float32))[None, None].to(device)  # 1 1 H W


def _plane(tensor: Tensor) -> Plane:
    return np.asarray(tensor[0, 0].float().cpu().numpy())
