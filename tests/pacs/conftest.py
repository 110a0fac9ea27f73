"""Archives for tests: a small one in this process, and objects to put into it."""

import shutil
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from loopback import certified
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom import AE, evt
from pynetdicom.sop_class import (
    CTImageStorage,
    PatientRootQueryRetrieveInformationModelFind,
    StorageCommitmentPushModel,
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
    Verification,
    XRayRadiationDoseSRStorage,
)

from fusionviewer.formats.dicom_writing import encoded
from fusionviewer.pacs.archive import Archive

SIEMENS_NON_IMAGE = "1.3.12.2.1107.5.9.1"
CLASSES = (
    Verification, CTImageStorage, PatientRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelFind, StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove, StorageCommitmentPushModel,
    XRayRadiationDoseSRStorage, SIEMENS_NON_IMAGE,
)  # fmt: skip


def image(number: int = 1, uid: str = "") -> Dataset:
    """A small CT of a study with one series."""
    d = Dataset()
    d.SOPClassUID, d.SOPInstanceUID = CTImageStorage, uid or f"2.25.100.{number}"
    d.StudyInstanceUID, d.SeriesInstanceUID, d.Modality = "2.25.1", "2.25.2", "CT"
    d.PatientName, d.PatientID, d.InstanceNumber = "Doe^Jane", "JD", number
    d.Rows = d.Columns = 8
    d.SamplesPerPixel, d.PhotometricInterpretation = 1, "MONOCHROME2"
    d.BitsAllocated = d.BitsStored = 16
    d.HighBit, d.PixelRepresentation = 15, 0
    d.file_meta = FileMetaDataset()
    d.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    d.PixelData = np.full(64, number, dtype="<u2").tobytes()
    return d


def beside(number: int, sop_class: str = XRayRadiationDoseSRStorage) -> Dataset:
    """What an archive has of the same study besides images."""
    d = image(number)
    d.SOPClassUID, d.SeriesInstanceUID, d.Modality = sop_class, "2.25.3", "SR"
    del d.PixelData
    return d


@pytest.fixture
def make_beside() -> Callable[..., Dataset]:
    return beside


@pytest.fixture
def make_image() -> Callable[..., Dataset]:
    return image


@pytest.fixture
def make_file(tmp_path: Any) -> Callable[..., Any]:
    def write(number: int = 1) -> Any:
        path = tmp_path / "files" / f"{number}.dcm"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(encoded(image(number)))
        return path

    return write


Serve = Callable[..., Archive]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """`serve(EVT_C_ECHO=handler, …)` starts an archive on loopback and says where it is.

    `strict`: it knows nobody but "KNOWN"; `secured`: it speaks TLS.
    """
    servers = []

    def start(
        strict: bool = False,
        secured: ssl.SSLContext | None = None,
        **handlers: Callable[[Any], Any],
    ) -> Archive:
        ae = AE(ae_title="FAKE")
        for one in (CTImageStorage, XRayRadiationDoseSRStorage):  # what a C-MOVE sends
            ae.add_requested_context(one)
        for one in CLASSES:
            ae.add_supported_context(one, scp_role=True, scu_role=True)
        if strict:
            ae.require_calling_aet = ["KNOWN"]
        bound = [(getattr(evt, name), handler) for name, handler in handlers.items()]
        server = ae.start_server(
            ("127.0.0.1", 0), block=False, evt_handlers=bound, ssl_context=secured
        )
        servers.append(server)
        port = server.server_address[1]
        return Archive("127.0.0.1", port, "FAKE", answer_s=5, whole_s=20)

    yield start
    for server in servers:
        threading.Thread(target=server.shutdown, daemon=True).start()


@pytest.fixture
def certificate(tmp_path: Path) -> Callable[[str], tuple[Path, ssl.SSLContext]]:
    """A certificate for a name, and a server's side of TLS that shows it."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")

    return lambda name: certified(tmp_path, name)
