"""`make run`: the viewer on the sample patient, or the sample pair fused where there is no screen."""

import os
import subprocess
import sys
from pathlib import Path

OUT = Path("out")
SAMPLE = OUT / "sample"
PAIR = (SAMPLE / "DICOM" / "CT", SAMPLE / "DICOM" / "T1")
PICTURE = OUT / "fused.png"


def main() -> int:
    program = [sys.executable, "-m", "fusionviewer"]
    if not SAMPLE.is_dir():
        print("Making the sample patient …", flush=True)
        if code := subprocess.run([*program, "sample", str(SAMPLE)], check=False).returncode:
            return code
    if _has_a_screen():
        return subprocess.run([*program, *map(str, PAIR)], check=False).returncode
    fuse = [*program, "fuse", *map(str, PAIR), "-o", str(PICTURE), "--overwrite"]
    if code := subprocess.run(fuse, check=False).returncode:
        return code
    print(f"There is no screen here, so the sample pair was fused: see {PICTURE.resolve()}")
    return 0


def _has_a_screen() -> bool:
    if sys.platform != "linux":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


if __name__ == "__main__":
    sys.exit(main())
