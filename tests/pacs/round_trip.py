"""Run within a network of its own, where nothing but Orthanc is: store, find, fetch, fuse, store again.

Usage: round_trip.py FOLDER, with series in FOLDER/CT and FOLDER/PET. Prints what it saw as JSON.
"""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pydicom

from fusionviewer.cli.main import run_command
from fusionviewer.errors import Cancelled, PacsError
from fusionviewer.formats.bundle import referenced
from fusionviewer.pacs import web_find, web_get, web_send
from fusionviewer.pacs.archive import Archive, echo
from fusionviewer.pacs.commit import commit
from fusionviewer.pacs.find import find
from fusionviewer.pacs.get import get
from fusionviewer.pacs.send import send
from fusionviewer.pacs.web import WebArchive

PORT, HTTP, RECEIVER = 4242, 8042, 11113
PLUGIN = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"
WEB = WebArchive(f"http://127.0.0.1:{HTTP}/dicom-web", "reader", "secret")
ARCHIVE = Archive("127.0.0.1", PORT, "ORTHANC")
PARTS = "companion,gsps,blending,advanced,registration"


def started(folder: Path) -> "subprocess.Popen[bytes]":
    """Orthanc, once it answers."""
    settings = {
        "StorageDirectory": str(folder / "storage"), "IndexDirectory": str(folder / "index"),
        "Plugins": [PLUGIN], "HttpPort": HTTP, "DicomPort": PORT, "DicomAet": "ORTHANC",
        "RemoteAccessAllowed": False, "AuthenticationEnabled": True,
        "RegisteredUsers": {"reader": "secret"},
        "DicomModalities": {"viewer": ["FUSIONVIEWER", "127.0.0.1", RECEIVER]},
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
        **{f"DicomAlwaysAllow{what}": True for what in ("Echo", "Store", "Find", "Get", "Move")},
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
    seen.update(compared(folder / "all", out))
    listening = replace(ARCHIVE, receiver=("127.0.0.1", RECEIVER))
    seen["moved"] = get(listening, uid, folder / "moved", series_uid=series["CT"])
    seen["committed"] = commit(listening, sorted(out.iterdir())).kept
    missing = Path(shutil.copy(next(out.iterdir()), folder / "missing.dcm"))
    renumbered(missing)
    seen["not committed"] = commit(listening, [missing]).failed
    seen["web"] = over_the_web(folder, out, uid)
    return seen


def renumbered(file: Path) -> None:
    d = pydicom.dcmread(file)
    d.SOPInstanceUID = d.file_meta.MediaStorageSOPInstanceUID = "2.25.4711"
    d.save_as(file)


def over_the_web(folder: Path, out: Path, uid: str) -> dict[str, object]:
    """The same once more, by QIDO-RS, WADO-RS and STOW-RS, with another study."""
    seen: dict[str, object] = {"echo": web_find.echo(WEB) > 0}
    again = folder / "again"
    shutil.copytree(out, again)
    for file in again.iterdir():
        restudied(file)
    sent = web_send.send(WEB, [again])
    seen["sent"], seen["refused"] = sent.kept, sent.refused
    studies = web_find.find(WEB, "study", {"PatientID": "SAMPLE"}).matches
    seen["studies"] = sorted(m["StudyInstanceUID"] == uid for m in studies)
    seen["patients"] = len(web_find.find(WEB, "patient", {"PatientID": "SAM*"}).matches)
    named = {"PatientName": "Sample^Ph*", "StudyDate": "19990101-20301231"}
    seen["by name"] = len(web_find.find(WEB, "study", named).matches)
    series = web_find.find(WEB, "series", {"StudyInstanceUID": uid, "Modality": "CT"}).matches
    seen["series"] = [m["NumberOfSeriesRelatedInstances"] for m in series]
    web_get.get(WEB, "2.25.99", folder / "web")
    seen.update(compared(folder / "web", again, {*uids(folder / "all")}))
    seen["one series"] = web_get.get(
        WEB, uid, folder / "one", series_uid=series[0]["SeriesInstanceUID"]
    )
    seen["went on"] = resumed(folder, uid)
    for wrong in (replace(WEB, password="wrong"), replace(WEB, url=WEB.url + "x")):
        try:
            web_find.echo(wrong)
        except PacsError as error:
            seen[f"refusal {len(seen)}"] = str(error)
    return seen


def resumed(folder: Path, uid: str) -> list[int]:
    """How many objects came before the fetch was cancelled, and how many were asked for then."""
    came: list[int] = []

    def stop_at_ten() -> None:
        if came and came[-1] == 10:
            raise Cancelled

    with suppress(Cancelled):
        web_get.get(
            WEB, uid, folder / "resumed", resume=True,
            progress=lambda done, _total: came.append(done), check=stop_at_ten,
        )  # fmt: skip
    before, steps = came[-1], list[int]()
    there = (folder / "resumed").exists()
    count = web_get.get(
        WEB, uid, folder / "resumed", resume=True, progress=lambda done, _total: steps.append(done)
    )
    return [before, int(there), count, len(steps)]


def uids(folder: Path) -> list[str]:
    return [
        str(pydicom.dcmread(f, stop_before_pixels=True).SOPInstanceUID) for f in folder.iterdir()
    ]


def restudied(file: Path) -> None:
    """In a study of its own, under numbers of its own."""
    d = pydicom.dcmread(file)
    d.StudyInstanceUID = "2.25.99"
    d.SeriesInstanceUID = f"{d.SeriesInstanceUID[:60]}.9"
    d.SOPInstanceUID = d.file_meta.MediaStorageSOPInstanceUID = f"{d.SOPInstanceUID[:60]}.9"
    d.save_as(file)


def compared(came: Path, out: Path, known: Collection[str] = ()) -> dict[str, object]:
    """What came back against what was sent: pixels, and references to what is not there."""
    back = {d.SOPInstanceUID: d for d in map(pydicom.dcmread, came.iterdir())}
    mine = [pydicom.dcmread(file) for file in out.iterdir()]
    return {
        "all": len(back),
        "same pixels": all(
            d.get("PixelData") == back[d.SOPInstanceUID].get("PixelData") for d in mine
        ),
        "lost references": sorted(
            {u for d in back.values() for u in referenced(d)} - {*back, *known}
        ),
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
