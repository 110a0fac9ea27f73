"""Take back edges that a network made up.

A weight that changes from pixel to pixel draws an edge where both sources are flat and of different
brightness. `imaging.structures` finds such edges. Around them the brighter source takes over, softly,
for the maximum of two images has no edge that neither of them has. What that leaves or makes anew is
looked for again, in wider surroundings.
"""

import numpy as np
import scipy
from numpy.typing import NDArray

from fusionviewer.fusion.strategies import larger_share
from fusionviewer.imaging.structures import Support

Plane = NDArray[np.float32]  # (H, W) within 0…1

REACHES = (6, 12, 24, 48)  # pixels around an edge that are touched, in each round


def guarded(a: Plane, b: Plane, fused: Plane, share: Plane) -> tuple[Plane, Plane]:
    """The fused image and the share of `a` without edges that neither source has.

    Edges that are left after the last round, of which there were none on 63 validation pairs, stay.
    """
    brighter, share_of_brighter = np.maximum(a, b), larger_share(a, b)
    sources = Support(a, b)
    for reach in REACHES:
        made_up = sources.lacks(np.clip(fused, 0, 1))
        if not made_up.any():
            break
        away = scipy.ndimage.distance_transform_edt(~made_up)  # pixels
        near = np.clip(2 - 2 * away / reach, 0, 1).astype(np.float32)  # 1 up to half the reach
        fused = fused + near * (brighter - fused)
        share = share + near * (share_of_brighter - share)
    return fused.astype(np.float32), share.astype(np.float32)
