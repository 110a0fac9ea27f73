"""`fusionviewer` opens the window, `fusionviewer fuse …` does not."""

import signal
import sys
from contextlib import suppress
from pathlib import Path


def main() -> int:
    """Run what the command line asks for; the exit code."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["--decode-worker"]:  # a built program starts itself to decode pixels
        from fusionviewer.formats import decode_worker

        decode_worker.main()
        return 0
    interrupted = signal.signal(signal.SIGINT, signal.SIG_DFL)  # while libraries load: no traceback
    from fusionviewer.cli.names import COMMANDS

    if arguments and (arguments[0] in COMMANDS or arguments[0].startswith("-")):
        from fusionviewer.cli.main import run_command

        signal.signal(signal.SIGINT, interrupted)
        return run_command(arguments)
    if sys.platform == "win32":
        _load_torch_first()
    from fusionviewer.ui.app import run

    return run([Path(argument) for argument in arguments])


def _load_torch_first() -> None:
    """On Windows torch cannot be loaded after Qt: https://github.com/pytorch/pytorch/issues/166628"""
    with suppress(ImportError):  # the small program comes without it
        import torch  # noqa: F401


if __name__ == "__main__":
    sys.exit(main())
