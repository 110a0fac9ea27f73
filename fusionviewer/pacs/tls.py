"""Encrypted, with an archive that proves its name. Source: DICOM PS3.15 B.9 (TLS profiles)."""

import ssl
from pathlib import Path

from fusionviewer.errors import PacsError
from fusionviewer.texts import text as _

BUNDLES = tuple(
    map(
        Path,
        (
            "/etc/ssl/certs/ca-certificates.crt",  # Debian, Arch
            "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora
            "/etc/ssl/ca-bundle.pem",  # openSUSE
            "/etc/ssl/cert.pem",  # Alpine, macOS
        ),
    )
)


def tls_context(certificates: Path | None) -> ssl.SSLContext:
    """TLS 1.2 at least.

    Args:
        certificates: a file of the authorities to trust; the system's if not given.

    Raises:
        PacsError: the file cannot be read.
    """
    try:
        context = ssl.create_default_context(cafile=certificates or _bundle())
    except (OSError, ssl.SSLError) as error:
        raise PacsError(
            _("The file of certificates cannot be read."), _("Give a PEM file.")
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _bundle() -> Path | None:
    """The system's authorities where the library itself does not find them: a built program knows
    the places of the system that built it. None where it does.
    """
    known = ssl.get_default_verify_paths()
    if known.cafile or known.capath:
        return None
    return next((path for path in BUNDLES if path.is_file()), None)
