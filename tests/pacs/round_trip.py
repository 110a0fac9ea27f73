"""Run within a network of its own, where nothing but Orthanc is: store, find, fetch, fuse, store again.

Usage: round_trip.py FOLDER, with series in FOLDER/CT and FOLDER/PET. Prints what it saw as JSON.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import pydicom

from fusionviewer.cli.main import run_command
from fusionviewer.errors import PacsError
from fusionviewer.formats.bundle import referenced
from fusionviewer.pacs.archive import Archive, echo
from fusionviewer.pacs.find import find
from fusionviewer.pacs.get import get
from fusionviewer.pacs.send import send

PORT, HTTP = 4242, 8042
ARCHIVE = Archive("127.0.0.1", PORT, "ORTHANC")
PARTS = "companion,gsps,blending,advanced,registration"


def started(folder: Path) -> "subprocess.Popen[bytes]":
    """Orthanc, once it answers."""
    settings = {
        "StorageDirectory": str(folder / "storage"), "IndexDirectory": str(folder / "index"),
        "Plugins": [], "HttpPort": HTTP, "DicomPort": PORT, "DicomAet": "ORTHANC",
        "RemoteAccessAllowed": False, "AuthenticationEnabled": False,
        **{f"DicomAlwaysAllow{what}": True for what in ("Echo", "Store", "Find", "Get")},
    }  # fmt: skip
    (folder / "orthanc.json").write_text(json.dumps(settings))
    with (folder / "orthanc.log").open("wb") as log:
        server = subprocess.Popen(["Orthanc", str(folder / "orthanc.json")], stdout=log, stderr=log)
    for _ in range(100):
        try:
            echo(ARCHIVE)
        except PacsError:
            time.sleep(0.2)
        else:
            return server
    server.kill()
    raise SystemExit("Orthanc does not answer")


def round_trip(folder: Path) -> dict[str, object]:
    seen: dict[str, object] = {}
    seen["stored"] = send(ARCHIVE, [folder / "CT", folder / "PET"]).kept
    (study,) = find(ARCHIVE, "study", {"PatientID": "SAMPLE"}).matches
    uid = study["StudyInstanceUID"]
    series = {
        m["Modality"]: m["SeriesInstanceUID"]
        for m in find(ARCHIVE, "series", {"StudyInstanceUID": uid}).matches
    }
    seen["modalities"] = sorted(series)
    for modality, one in series.items():
        seen[modality] = get(ARCHIVE, uid, folder / f"got {modality}", series_uid=one)
    out = folder / "fused"
    images = [str(folder / "got CT"), str(folder / "got PT")]
    seen["fused"] = run_command(
        ["fuse", *images, "-o", str(out), "--method", "average", "--with", PARTS]
    )
    sent = send(ARCHIVE, [out])
    seen["sent"], seen["refused"] = sent.kept, sent.refused
    seen["files"] = len(list(out.iterdir()))
    seen["after"] = len(find(ARCHIVE, "series", {"StudyInstanceUID": uid}).matches)
    get(ARCHIVE, uid, folder / "all")
    seen.update(compared(folder, out))
    return seen


def compared(folder: Path, out: Path) -> dict[str, object]:
    """What came back against what was sent: pixels, and references."""
    back = {d.SOPInstanceUID: d for d in map(pydicom.dcmread, (folder / "all").iterdir())}
    mine = [pydicom.dcmread(file) for file in out.iterdir()]
    return {
        "all": len(back),
        "same pixels": all(
            d.get("PixelData") == back[d.SOPInstanceUID].get("PixelData") for d in mine
        ),
        "lost references": sorted({u for d in back.values() for u in referenced(d)} - set(back)),
    }


if __name__ == "__main__":
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    here = Path(sys.argv[1])
    server = started(here)
    try:
        result = round_trip(here)
    finally:
        server.terminate()
        server.wait(20)
    print(json.dumps(result))
