"""Passwords and tokens of archives, in the system's key store; never in a file of ours."""

import os
from typing import Any

from fusionviewer.errors import PacsError
from fusionviewer.texts import text as _

SERVICE = "FusionViewer archive"
VARIABLE = "FUSIONVIEWER_ARCHIVE_SECRET"


def secret_of(name: str) -> str:
    """The secret of an archive: from the environment, where it is set, else from the key store.

    Raises:
        PacsError: there is no key store, it is locked, or it has none for this archive.
    """
    if said := os.environ.get(VARIABLE):
        return said
    store = _store()
    try:
        found = store.get_password(SERVICE, name)
    except Exception as error:  # every system's store has errors of its own
        raise _closed() from error
    if found is None:
        raise PacsError(
            _("The password of “{name}” is not known.", name=name),
            _("Enter it. Set {variable} for one run instead.", variable=VARIABLE),
        )
    return str(found)


def keep_secret(name: str, secret: str) -> None:
    """Raises: PacsError: there is no key store, or it does not take it."""
    try:
        _store().set_password(SERVICE, name, secret)
    except PacsError:
        raise
    except Exception as error:
        raise _closed() from error


def forget_secret(name: str) -> None:
    """Nothing happens where there is none."""
    try:
        _store().delete_password(SERVICE, name)
    except Exception:  # noqa: BLE001 - there was none, or there is no store that could have one
        return


def _store() -> Any:
    try:
        import keyring
        from keyring.backends import fail
    except ImportError as error:
        raise PacsError(
            _("There is no place to keep passwords: the keyring library is not installed."),
            _("Run: pip install keyring. Set {variable} for one run instead.", variable=VARIABLE),
        ) from error
    if isinstance(keyring.get_keyring(), fail.Keyring):
        raise PacsError(
            _("This system has no key store to keep passwords in."),
            _(
                "Start GNOME Keyring, KWallet or another Secret Service. Set {variable} for one run instead.",
                variable=VARIABLE,
            ),
        )
    return keyring


def _closed() -> PacsError:
    return PacsError(
        _("The system's key store does not open."),
        _("Unlock it. Set {variable} for one run instead.", variable=VARIABLE),
    )
