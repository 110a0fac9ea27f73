"""Which element of a DICOM file may stay, and what becomes of the others.

Stricter than the list of PS3.15 Annex E, which names what must go: here text stays only when it is
named, and everything else goes by its value representation, private elements first.

Source: DICOM PS3.15 Table E.1-1 (Basic Application Level Confidentiality Profile); Z, D, X and U as
there; PS3.3 for what each object must have.
"""

from enum import Enum


class Action(Enum):
    """What happens to an element."""

    KEEP = "K"
    EMPTY = "Z"
    REPLACE = "D"
    REMOVE = "X"
    MAP = "U"
    GO_INSIDE = "S"
    DATE = "T"


TEXT_VRS = frozenset(("LO", "SH", "LT", "ST", "UC", "UT"))
TIME_VRS = frozenset(("DA", "TM", "DT"))
OF_BIRTH = ("PatientBirthDate", "PatientBirthTime")  # never kept, nor moved
BY_VR = {
    **dict.fromkeys(TEXT_VRS, Action.REMOVE),
    **dict.fromkeys(TIME_VRS, Action.DATE),
    **dict.fromkeys(("PN", "AE", "UR", "UN", "AS"), Action.REMOVE),
    "UI": Action.MAP,
    "SQ": Action.GO_INSIDE,
}  # numbers, codes (CS), pixels and tables stay

# Of instruments and methods: they tell nothing of a person. Cleaned of identifying words all the same.
KEPT_TEXT = frozenset(
    (
        *("Manufacturer", "ManufacturerModelName", "SoftwareVersions", "ConvolutionKernel"),
        *("SequenceName", "ImagedNucleus", "ReceiveCoilName", "TransmitCoilName", "RescaleType"),
        *("CodeValue", "LongCodeValue", "CodingSchemeDesignator", "CodingSchemeVersion"),
        *("CodeMeaning", "MappingResourceName", "PulseSequenceName", "FilterType"),
        *("AttenuationCorrectionMethod", "ScatterCorrectionMethod", "ReconstructionMethod"),
        *("Radiopharmaceutical", "RadiopharmaceuticalRoute", "CollimatorGridName"),
        *("LossyImageCompressionMethod", "DetectorLinesOfResponseUsed", "LUTExplanation"),
        *("SegmentAlgorithmName", "AlgorithmName", "AlgorithmVersion", "DerivationAlgorithm"),
        *("RealWorldValueLUTLabel", "LUTLabel", "SecondaryCaptureDeviceManufacturer"),
        *("SecondaryCaptureDeviceManufacturerModelName", "SecondaryCaptureDeviceSoftwareVersions"),
        *("VolumetricPropertiesDescription", "AcquisitionContrastDescription", "CoilString"),
    )
)

# Free text that describes; goes, or stays cleaned, as the user asks (Clean Descriptors Option).
DESCRIPTORS = frozenset(
    (
        *("StudyDescription", "SeriesDescription", "ProtocolName", "ImageComments"),
        *("DerivationDescription", "ContributionDescription", "ContentDescription"),
        *("RequestedProcedureDescription", "PerformedProcedureStepDescription"),
        *("AcquisitionProtocolDescription", "ContrastBolusAgent", "SegmentLabel"),
        *("SegmentDescription", "TrackingID", "TextValue", "FrameComments"),
        *("FrameOfReferenceTransformationComment", "AcquisitionDeviceProcessingDescription"),
    )
)

SPECIAL = {
    # Z: must be there, and may be empty.
    **dict.fromkeys(
        (
            *("PatientBirthDate", "PatientSex", "StudyID", "AccessionNumber"),
            *("ReferringPhysicianName", "ContentCreatorName", "PositionReferenceIndicator"),
            *("ContentDescription", "ConsultingPhysicianName", "OperatorsName"),
            *("ContrastBolusAgent", "AcquisitionNumber"),
            "ReferencedPerformedProcedureStepSequence",
        ),
        Action.EMPTY,
    ),
    # D: must be there, and must not be empty.
    **dict.fromkeys(
        (
            *("PatientName", "PatientID", "SegmentLabel", "TrackingID", "TextValue"),
            *("PersonName", "VerifyingObserverName", "VerifyingOrganization", "DeviceSerialNumber"),
        ),
        Action.REPLACE,
    ),
    # X, although their value representation would let them stay.
    **dict.fromkeys(
        (
            *("PatientWeight", "PatientSize", "PregnancyStatus", "SmokingStatus"),
            *("PatientSexNeutered", "EncapsulatedDocument", "OtherPatientIDsSequence"),
            *(
                "RequestAttributesSequence",
                "ReferencedPatientSequence",
                "IssuerOfPatientIDQualifiersSequence",
            ),
            *("ReferencedStudySequence",),
            *("PersonIdentificationCodeSequence", "OperatorIdentificationSequence"),
            *(
                "PhysiciansOfRecordIdentificationSequence",
                "ReferringPhysicianIdentificationSequence",
            ),
            *("PerformingPhysicianIdentificationSequence", "InstitutionCodeSequence"),
            *("PhysiciansReadingStudyIdentificationSequence", "AdmittingDiagnosesCodeSequence"),
            *(
                "ContentCreatorIdentificationCodeSequence",
                "VerifyingObserverIdentificationCodeSequence",
            ),
            *("AuthorObserverSequence", "ParticipantSequence", "CustodialOrganizationSequence"),
            *("PatientInsurancePlanCodeSequence", "PatientPrimaryLanguageCodeSequence"),
            *("PatientSpeciesCodeSequence", "PatientBreedCodeSequence", "EthnicGroupCodeSequence"),
            *("MACParametersSequence", "DigitalSignaturesSequence", "OriginalAttributesSequence"),
            *("EncryptedAttributesSequence", "DataSetTrailingPadding", "IconImageSequence"),
            *("ScheduledProcedureStepSequence", "InstitutionalDepartmentTypeCodeSequence"),
            *("ModifiedAttributesSequence", "PatientAddress", "MilitaryRank", "BranchOfService"),
            *("CountryOfResidence", "RegionOfResidence", "ResponsiblePerson", "PatientState"),
            *("AdmissionID", "ServiceEpisodeID", "TimezoneOffsetFromUTC", "IssuerOfPatientID"),
            "PatientBirthTime",
        ),
        Action.REMOVE,
    ),
    # Classes and dictionaries, which are the same for everybody.
    **dict.fromkeys(
        (
            *("SOPClassUID", "ReferencedSOPClassUID", "MediaStorageSOPClassUID", "ContextUID"),
            *("MappingResourceUID", "CodingSchemeUID", "ContextGroupExtensionCreatorUID"),
            *("RelatedGeneralSOPClassUID", "OriginalSpecializedSOPClassUID"),
        ),
        Action.KEEP,
    ),
}

# Dates and times that an object must have; the others become empty or go.
NEEDED_TIMES = frozenset(
    (
        *("SeriesDate", "SeriesTime", "ContentDate", "ContentTime", "PresentationCreationDate"),
        *("PresentationCreationTime", "AcquisitionDateTime", "ObservationDateTime"),
        *("VerificationDateTime", "Date", "Time", "DateTime", "StructureSetDate"),
    )
)
EMPTY_TIMES = frozenset(
    ("StudyDate", "StudyTime", "AcquisitionDate", "AcquisitionTime", "PatientBirthDate")
)
DUMMY_TIME = {"DA": "19000101", "TM": "000000", "DT": "19000101000000"}
OVERLAYS_AND_CURVES = (0x5000, 0x6000)  # repeating groups: they may show names


def action(keyword: str, vr: str, tag: int, *, keep_descriptors: bool) -> Action:
    """What happens to an element.

    Args:
        tag: group and element, as one number.
        keep_descriptors: descriptions stay, cleaned.
    """
    group = tag >> 16
    if group % 2 or group & 0xFF00 in OVERLAYS_AND_CURVES or not keyword:
        return Action.REMOVE
    if keyword in KEPT_TEXT or (keep_descriptors and keyword in DESCRIPTORS):
        return Action.KEEP
    if vr in TIME_VRS and keyword not in OF_BIRTH:
        return Action.DATE
    return SPECIAL.get(keyword) or BY_VR.get(vr, Action.KEEP)
