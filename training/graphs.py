"""Networks as ONNX graphs, which run without torch. Each is checked against torch."""

import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn

from fusionviewer.fusion.dilran import Dilran
from fusionviewer.fusion.learned import LearnedShare
from training.errors import RunError

OPSET = 18
TOLERANCE = 1e-4
CHECKED_SIZES = ((64, 48), (34, 130))


class _Encoder(nn.Module):
    """The encoder with its folded weights as constants."""

    def __init__(self, network: Dilran) -> None:
        super().__init__()
        self.network = network
        self.weights = nn.ParameterList(w.detach().clone() for w in network.folded())

    def forward(self, x: Tensor) -> Tensor:
        return self.network.encode_folded(x, *self.weights)


class _Decoder(nn.Module):
    def __init__(self, network: Dilran) -> None:
        super().__init__()
        self.network = network

    def forward(self, features: Tensor) -> Tensor:
        return self.network.decode(features)


def write_autoencoder(network: nn.Module, name: str, folder: Path) -> list[Path]:
    """NAME-encoder.onnx and NAME-decoder.onnx: x → features, features → y.

    Batch, height and width are free; sizes must be even, the caller pads.

    Raises:
        RunError: a graph answers otherwise than torch.
    """
    coder = cast(Dilran, network).eval()
    encoder, decoder = folder / f"{name}-encoder.onnx", folder / f"{name}-decoder.onnx"
    _write(encoder, _Encoder(coder), [1], ["x"], "features")
    _write(decoder, _Decoder(coder), [coder.config.width], ["features"], "y")
    return [encoder, decoder]


def write_end_to_end(network: nn.Module, name: str, folder: Path) -> list[Path]:
    """NAME.onnx: a, b → fused; batch, height and width are free, sizes even.

    What a network has for pairs with PET or SPECT goes into NAME-functional.onnx.

    Raises:
        RunError: the graph answers otherwise than torch.
    """
    parts = {
        f"{name}.onnx": network,
        f"{name}-functional.onnx": getattr(network, "functional", None),
    }
    written = []
    for file, part in parts.items():
        if part is not None:
            _write(folder / file, part.eval(), [1, 1], ["a", "b"], "fused")
            written.append(folder / file)
    return written


def write_share(network: nn.Module, name: str, folder: Path) -> list[Path]:
    """NAME.onnx: features a, features b → the share of a; sizes even, as features have them.

    Raises:
        RunError: the graph answers otherwise than torch.
    """
    path = folder / f"{name}.onnx"
    features = cast(LearnedShare, network).config.features
    _write(path, network.eval(), [features, features], ["a", "b"], "share")
    return [path]


GRAPHS: dict[str, Callable[[nn.Module, str, Path], list[Path]]] = {
    "autoencoder": write_autoencoder,
    "end-to-end": write_end_to_end,
    "share": write_share,
}


def _write(
    path: Path, module: nn.Module, channels: Sequence[int], inputs: list[str], output: str
) -> None:
    """One file, constants folded, written beside and renamed once torch agrees with it."""
    module = module.eval().requires_grad_(False)
    batch = torch.export.Dim("batch", min=1)
    half_h, half_w = torch.export.Dim("half_h", min=1), torch.export.Dim("half_w", min=1)
    free = {0: batch, 2: 2 * half_h, 3: 2 * half_w}
    with _quiet():
        program = torch.onnx.export(
            module,
            tuple(torch.rand(2, c, 32, 48) for c in channels),
            dynamo=True,
            opset_version=OPSET,
            input_names=inputs,
            output_names=[output],
            dynamic_shapes=tuple(free for _ in channels),
            optimize=True,
            verbose=False,
        )
    assert program is not None
    beside = path.with_suffix(".part")
    beside.write_bytes(_bare(program.model_proto).SerializeToString())
    _check(beside, module, channels)
    beside.replace(path)


def _bare(model: Any) -> Any:
    """Without the exporter's notes, which name files of the machine it ran on."""
    del model.metadata_props[:]
    graph = model.graph
    values = (*graph.input, *graph.output, *graph.value_info, *graph.initializer)
    for part in (graph, *graph.node, *values):
        del part.metadata_props[:]
        part.doc_string = ""
    return model


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the exporter's warnings about libraries that are not needed."""
    log = logging.getLogger("torch.onnx")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(level)


def _check(path: Path, module: nn.Module, channels: Sequence[int]) -> None:
    session: Any = onnxruntime.InferenceSession(
        path.read_bytes(), providers=["CPUExecutionProvider"]
    )
    names = [entry.name for entry in session.get_inputs()]
    generator = torch.Generator().manual_seed(0)
    for batch, size in enumerate(CHECKED_SIZES, start=1):
        given = [torch.rand(batch, c, *size, generator=generator) for c in channels]
        with torch.no_grad():
            expected = module(*given).numpy()
        answer = session.run(None, {n: g.numpy() for n, g in zip(names, given, strict=True)})[0]
        if (difference := float(np.abs(answer - expected).max())) > TOLERANCE:
            raise RunError(f"The graph “{path.stem}” differs from the network by {difference:.1e}.")
