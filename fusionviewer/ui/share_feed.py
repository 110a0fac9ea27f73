"""How much of each fused pixel came from the first source, as far as it is known."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from fusionviewer.ui.contribution import ContributionLayer
from fusionviewer.ui.fusion_feed import FusionFeed
from fusionviewer.ui.roi_table import share_text
from fusionviewer.ui.store import Store
from fusionviewer.workspace.state import SOURCE_PANES, Place


class ShareFeed(QObject):
    """The method's own weights, which cost nothing; else what the contribution layer found.

    A method that has no weights is not run again for this: its shares are there once the reader
    asks for the contribution.
    """

    changed = Signal()

    def __init__(self, store: Store, feed: FusionFeed, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store, self._feed = store, feed
        self._layer: ContributionLayer | None = None
        self._told: object = None

    def follow(self, layer: ContributionLayer) -> None:
        self._layer = layer
        layer.changed.connect(self._tell)

    def _tell(self) -> None:
        found = None if self._layer is None else self._layer.contribution
        if found is not self._told:
            self._told = found
            self.changed.emit()

    @property
    def plane(self) -> NDArray[np.float32] | None:
        """(H, W) within 0…1 of the picture on the screen; NaN where nobody can tell."""
        asked, status = self._store.state.request, self._feed.status
        current = asked and status.request and asked.key == status.request.key
        if not current or status.fused is None:
            return None
        if self._layer is not None and self._layer.contribution is not None:
            return self._layer.contribution.share_of_a
        share, grey = status.fused.share_of_a, status.fused.grey
        return None if share is None else np.where(grey > 0, share, np.float32(np.nan))

    def words(self, place: Place | None) -> str:
        """ "A 62 % · B 38 %" at a place; "" where nobody can tell."""
        plane = None if place is None else self.plane
        if plane is None or place is None:
            return ""
        row, col = (int(np.floor(x + 0.5)) for x in (place.row, place.col))
        if not (0 <= row < plane.shape[0] and 0 <= col < plane.shape[1]):
            return ""
        share = float(plane[row, col])
        first, second = (SOURCE_PANES[i] for i in self._store.state.fused_slots)
        return share_text(share, (first, second)) if np.isfinite(share) else ""
