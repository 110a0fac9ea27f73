"""`fusionviewer` opens the window, `fusionviewer fuse …` does not."""

import sys
from pathlib import Path


def main() -> int:
    """Run what the command line asks for; the exit code."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["--decode-worker"]:  # a built program starts itself to decode pixels
        from fusionviewer.formats import decode_worker

        decode_worker.main()
        return 0
    from fusionviewer.cli.names import COMMANDS

    if arguments and (arguments[0] in COMMANDS or arguments[0].startswith("-")):
        from fusionviewer.cli.main import run_command

        return run_command(arguments)
    from fusionviewer.ui.app import run

    return run([Path(argument) for argument in arguments])


if __name__ == "__main__":
    sys.exit(main())
