"""Where the built program starts: what a frozen program needs before `fusionviewer` itself.

Windows gives a program without a console no standard streams, and a frozen program has no `-m`: the
process that decodes compressed pixels is the program itself, told so by its first argument.
"""

import os
import sys

WORKER_FLAG = "--decode-worker"  # as fusionviewer.formats.decode says it


def main() -> int:
    """The exit code of what the command line asks for."""
    _give_streams()
    if sys.argv[1:2] == [WORKER_FLAG]:
        from fusionviewer.formats.decode_worker import main as decode

        decode()
        return 0
    from fusionviewer.__main__ import main as run

    return run()


def _give_streams() -> None:
    """Somewhere to print to, where the system gave nothing."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123


if __name__ == "__main__":
    sys.exit(main())
