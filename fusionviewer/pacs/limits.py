"""What the other side may make us read: a message that says it is huge is not waited for.

Source: DICOM PS3.8 9.3.1 (a PDU says its length itself, in four bytes).
"""

from typing import Any

from pynetdicom import evt

MOST_BYTES = 2**20  # of one PDU: what we negotiate is 16 KiB, and association requests are shorter


def _limit(event: Any) -> None:
    """Reading more than that from this connection ends it. pynetdicom itself has no limit."""
    socket = event.assoc.dul.socket
    read = socket.recv

    def limited(count: int) -> Any:
        if count > MOST_BYTES:
            raise OSError("the length of a PDU is beyond reason")
        return read(count)

    socket.recv = limited


LIMITS = ((evt.EVT_CONN_OPEN, _limit),)
