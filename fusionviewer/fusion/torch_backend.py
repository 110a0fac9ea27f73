"""Networks on torch: CUDA, MPS, or the CPU when it is asked for or bfloat16 is."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from fusionviewer.errors import FusionError, WeightsError
from fusionviewer.fusion.allocation import keep_freed_memory
from fusionviewer.fusion.answers import Answer
from fusionviewer.fusion.fast_encoder import FastEncoder
from fusionviewer.fusion.learned_strategy import learned_card
from fusionviewer.fusion.runtime import Plane, Precision, Runtime
from fusionviewer.fusion.weights import Card, verified
from fusionviewer.texts import text as _

MODULES = {
    "dilran": "fusionviewer.fusion.dilran",
    "eh-dran": "fusionviewer.fusion.eh_dran",
    "mfinet": "fusionviewer.fusion.mfinet",
    "mopa": "fusionviewer.fusion.mopa",
    "clarus": "fusionviewer.fusion.clarus",
    "learned": "fusionviewer.fusion.learned",
}


def load(card: Card, kind: str, device: str = "auto", precision: Precision = "float32") -> Runtime:
    """The network of `card` on `device`.

    Raises:
        WeightsError: the weights are missing, altered, or do not fit the network.
        FusionError: there is no such device here, or not in this precision.
    """
    where = torch_device(device)
    told = f"{where.type.upper()} (torch)"
    if precision == "bfloat16":
        require_bfloat16(where, kind, card.name)
        told = f"{where.type.upper()} (torch, bfloat16)"
    module = load_module(card).to(where)
    network: TorchAutoEncoder | TorchEndToEnd = (
        TorchAutoEncoder(module, where, card, fast=precision == "bfloat16")
        if kind == "auto-encoder"
        else TorchEndToEnd(module, where)
    )
    return Runtime(card, network, told)


def require_bfloat16(device: torch.device, kind: str, name: str) -> None:
    """Nothing, where bfloat16 is quick and the fused image stays within one grey level.

    Raises:
        FusionError: for a network or on a device where it is not.
    """
    hint = _("Leave out --precision bfloat16.")
    if kind != "auto-encoder":
        raise FusionError(
            _("In bfloat16 {name} would be off by more than one grey level in 255.", name=name),
            hint,
        )
    if not has_bfloat16(device):
        raise FusionError(
            _("This computer's {device} has no fast bfloat16.", device=device.type.upper()), hint
        )


def has_bfloat16(device: torch.device) -> bool:
    """Whether the device computes in bfloat16 itself instead of imitating it."""
    answers: dict[str, Callable[[], bool]] = {
        # The vector instructions have been on all processors with matrix tiles, too.
        "cpu": torch.cpu._is_avx512_bf16_supported,
        "cuda": lambda: torch.cuda.is_bf16_supported(including_emulation=False),
    }
    return device.type in answers and answers[device.type]()


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
        raise WeightsError(
            _("“{file}” does not hold the weights of {name}.", file=file, name=card.name),
            card.hint,
        ) from error
    if not all(
        tensor.isfinite().all() for tensor in tensors.values() if tensor.is_floating_point()
    ):
        raise WeightsError(_("“{file}” holds values that are not numbers.", file=file), card.hint)
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
        raise FusionError(
            _("This computer has no {device} device.", device=name.upper()), _("Use --device cpu.")
        )
    return torch.device(name)


class TorchAutoEncoder:
    """`fast` encodes in bfloat16; what follows is in float32 all the same."""

    def __init__(self, module: Any, device: torch.device, card: Card, *, fast: bool) -> None:
        self._module = module  # nn.Module knows neither encode nor decode
        self._device = device
        self._card = card
        self._share: nn.Module | None = None
        if device.type == "cpu":
            keep_freed_memory()
            # Convolutions of few channels take a tenth of the time so.
            module.to(memory_format=torch.channels_last)
        self._encode = FastEncoder(module) if fast else _encoder(module)

    @torch.inference_mode()
    def encode(self, image: Plane) -> Tensor:
        """(H, W) → (1, C, H, W) on the device."""
        return self._encode(_tensor(image, self._device))

    @torch.inference_mode()
    def decode(self, features: Tensor) -> Plane:
        return _plane(self._module.decode(features))

    @torch.inference_mode()
    def share(self, fa: Tensor, fb: Tensor) -> Tensor:
        if self._share is None:
            self._share = load_module(learned_card(self._card)).to(self._device)
        share: Tensor = self._share(fa, fb)
        return share


def _encoder(module: Any) -> Callable[[Tensor], Tensor]:
    """The module's own, with the weights that it reads folded once."""
    weights = module.folded()
    return lambda x: module.encode_folded(x, *weights)


class TorchEndToEnd:
    def __init__(self, module: nn.Module, device: torch.device) -> None:
        self._module = module
        self._device = device

    @torch.inference_mode()
    def answer(self, a: Plane, b: Plane, functional: bool = False) -> Answer:
        """(H, W) twice → (C, H, W)."""
        own: nn.Module | None = getattr(self._module, "functional", None) if functional else None
        module = self._module if own is None else own
        answer: Tensor = module(_tensor(a, self._device), _tensor(b, self._device))
        return np.asarray(answer[0].float().cpu().numpy())


def _tensor(image: Plane, device: torch.device) -> Tensor:
    return torch.from_numpy(np.array(image, dtype=np.float32))[None, None].to(device)  # 1 1 H W


def _plane(tensor: Tensor) -> Plane:
    return np.asarray(tensor[0, 0].float().cpu().numpy())
