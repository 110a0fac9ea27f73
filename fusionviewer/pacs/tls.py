"""Encrypted, with an archive that proves its name. Source: DICOM PS3.15 B.9 (TLS profiles)."""

import ssl
from pathlib import Path

from fusionviewer.errors import PacsError


def tls_context(certificates: Path | None) -> ssl.SSLContext:
    """TLS 1.2 at least.

    Args:
        certificates: a file of the authorities to trust; the system's if not given.

    Raises:
        PacsError: the file cannot be read.
    """
    try:
        context = ssl.create_default_context(cafile=certificates)
    except (OSError, ssl.SSLError) as error:
        raise PacsError("The file of certificates cannot be read.", "Give a PEM file.") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
