"""Fusing for a comparison, apart from what the fused pane asks for: no widget."""

from fusionviewer.engine.cache import Cache
from fusionviewer.engine.cancel import CancelToken
from fusionviewer.engine.engine import Answer, Engine, Progress
from fusionviewer.engine.request import FuseRequest
from fusionviewer.fusion.runtime import Device, Runtimes

KEPT_BYTES = 64 * 2**20


class OtherEngine:
    """An engine of its own, made in the worker thread when it is first asked."""

    def __init__(self, device: Device = "auto") -> None:
        self._device: Device = device
        self._engine: Engine | None = None

    def __call__(self, request: FuseRequest, cancel: CancelToken, progress: Progress) -> Answer:
        """
        Raises:
            Cancelled, WeightsError, FusionError: as `Engine.fuse`.
        """
        if self._engine is None:
            self._engine = Engine(Runtimes(device=self._device), Cache(KEPT_BYTES))
        return self._engine.fuse(request, cancel, progress)
