"""Where the built program starts: Windows gives a program without a console no standard streams."""

import os
import sys

from fusionviewer.__main__ import main


def _give_streams() -> None:
    """Somewhere to print to, where the system gave nothing."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123


if __name__ == "__main__":
    _give_streams()
    sys.exit(main())
