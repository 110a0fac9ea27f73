"""Networks on onnxruntime: the CPU, from exported graphs."""

import os
from threading import Lock
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from fusionviewer.errors import WeightsError
from fusionviewer.fusion.learned_strategy import learned_card
from fusionviewer.fusion.runtime import Plane, Runtime, says_memory
from fusionviewer.fusion.weights import Card, verified
from fusionviewer.texts import text as _

onnxruntime.disable_telemetry_events()  # on Windows, where the environment is not asked


def load(card: Card, kind: str) -> Runtime:
    """The network of `card`, on the CPU.

    Raises:
        WeightsError: a graph is missing, altered, or cannot be run.
    """
    network = OnnxAutoEncoder(card) if kind == "auto-encoder" else OnnxEndToEnd(card)
    return Runtime(card, network, "CPU (onnxruntime)")


class OnnxAutoEncoder:
    def __init__(self, card: Card) -> None:
        self._card = card
        self._share: onnxruntime.InferenceSession | None = None
        self._encoder = _session(card, f"{card.name}-encoder.onnx")
        self._decoder = _session(card, f"{card.name}-decoder.onnx")

    def encode(self, image: Plane) -> NDArray[np.float32]:
        """(H, W) → (1, C, H, W)."""
        return _run(self._encoder, image[None, None])

    def decode(self, features: NDArray[np.float32]) -> Plane:
        return np.asarray(_run(self._decoder, np.ascontiguousarray(features))[0, 0])

    def share(self, fa: NDArray[np.float32], fb: NDArray[np.float32]) -> NDArray[np.float32]:
        if self._share is None:
            card = learned_card(self._card)
            self._share = _session(card, f"{card.name}.onnx")
        return _run(self._share, fa, fb)


class OnnxEndToEnd:
    def __init__(self, card: Card) -> None:
        self._card = card
        self._graph = _session(card, f"{card.name}.onnx")
        self._of_functional: onnxruntime.InferenceSession | None = None
        self._lock = Lock()  # of loading

    def answer(self, a: Plane, b: Plane, functional: bool = False) -> NDArray[np.float32]:
        """(H, W) twice → (C, H, W)."""
        graph = self._functional() if functional else self._graph
        return np.asarray(_run(graph, a[None, None], b[None, None])[0])

    def _functional(self) -> onnxruntime.InferenceSession:
        """The graph for pairs with PET or SPECT, loaded with the first of them."""
        with self._lock:
            if self._of_functional is None:
                own = f"{self._card.name}-functional.onnx"
                named = own in self._card.files
                self._of_functional = _session(self._card, own) if named else self._graph
            return self._of_functional


def _session(card: Card, file: str) -> onnxruntime.InferenceSession:
    """A graph from verified bytes, so that nothing beside it on the disk can be pulled in."""
    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 4  # what fails is raised, and said in words
    settings.intra_op_num_threads = os.cpu_count() or 1
    # Threads stay awake from layer to layer, and no longer: the window, and the strategies, want
    # the processor too. Longer waits gain little on an idle machine and lose a fifth on a busy one.
    settings.add_session_config_entry("session.intra_op.spin_duration_us", "100")
    settings.add_session_config_entry("session.force_spinning_stop", "1")
    content = verified(card, file)
    try:
        return onnxruntime.InferenceSession(
            content, sess_options=settings, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime raises its own, undocumented kinds
        raise WeightsError(
            _("“{file}” is not a network that can be run here.", file=file), card.hint
        ) from error


def _run(
    session: onnxruntime.InferenceSession, *inputs: NDArray[np.float32]
) -> NDArray[np.float32]:
    """
    Raises:
        MemoryError: there is not enough of it; onnxruntime has no error of its own for that.
    """
    names = [entry.name for entry in session.get_inputs()]
    try:
        outputs: list[Any] = session.run(None, dict(zip(names, inputs, strict=True)))
    except Exception as error:  # onnxruntime raises its own, undocumented kinds
        if says_memory(error):
            raise MemoryError(str(error)) from error
        raise
    return np.asarray(outputs[0], dtype=np.float32)
