"""In what the values of a DICOM image are measured."""

from pydicom.dataset import Dataset

from fusionviewer.formats.dicom_header import text, texts

# PS3.3 C.8.9.1.1.3, Units of a PET series. BQML becomes SUV in a step of its own, which needs dose,
# weight and times; what the header calls GML is SUV by body weight already.
PET_UNITS = {"BQML": "Bq/ml", "CNTS": "counts", "PROPCNTS": "counts", "CPS": "counts/s"}
SUV_TYPES = ("", "BW")
PICTURES = ("SC", "OT", "XC", "ES", "US", "CR", "DX", "MG", "XA", "RF", "DOC")


def unit(header: Dataset, modality: str) -> str:
    """The unit of the rescaled values.

    Source: DICOM PS3.3 C.11.1.1.2 (Rescale Type), C.8.2.1.1 (CT), C.8.9.1 (PET).
    """
    if modality == "CT":
        return "HU" if _is_hounsfield(header) else "a.u."
    if modality == "PT":
        return _pet_unit(header)
    if modality == "NM":
        return "counts"
    return "grey level" if modality in PICTURES else "a.u."


def _is_hounsfield(header: Dataset) -> bool:
    kind = text(header, "RescaleType").upper()
    rescaled = "RescaleIntercept" in header and "RescaleSlope" in header
    localiser = "LOCALIZER" in (part.upper() for part in texts(header, "ImageType"))
    return rescaled and kind in ("", "HU") and not localiser


def _pet_unit(header: Dataset) -> str:
    units = text(header, "Units").upper()
    if units == "GML":
        return "SUV" if text(header, "SUVType").upper() in SUV_TYPES else "a.u."
    return PET_UNITS.get(units, "a.u.")
