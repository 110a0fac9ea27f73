"""AES for the key store, as the built program has it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the Secret Service is Linux's")

# NIST SP 800-38A, F.2.1: CBC-AES128, four blocks.
KEY = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
VECTOR = bytes.fromhex("000102030405060708090a0b0c0d0e0f")
PLAIN = bytes.fromhex(
    "6bc1bee22e409f96e93d7e117393172a" "ae2d8a571e03ac9c9eb76fac45af8e51"
    "30c81c46a35ce411e5fbc1191a0a52ef" "f69f2445df4f9b17ad2b417be66c3710"
)  # fmt: skip
SECRET = bytes.fromhex(
    "7649abac8119b246cee98e9b12e9197d" "5086cb9b507219ee95db113a917678b2"
    "73bed6b8e3c1743b7116e69e22229516" "3ff1caa1681fac09120eca307586e1a7"
)  # fmt: skip


def test_it_is_the_cipher_of_the_standard() -> None:
    from without_cryptography import AES, CBC, Cipher

    cipher = Cipher(AES(KEY), CBC(VECTOR))
    there, back = cipher.encryptor(), cipher.decryptor()
    assert there.update(PLAIN) + there.finalize() == SECRET
    assert back.update(SECRET) + back.finalize() == PLAIN


@pytest.mark.parametrize(("key", "vector", "text"), [(16, 16, 15), (32, 16, 16), (16, 8, 16)])
def test_other_sizes_are_refused(key: int, vector: int, text: int) -> None:
    from without_cryptography import AES, CBC, Cipher

    with pytest.raises(ValueError):
        context = Cipher(AES(os.urandom(key)), CBC(os.urandom(vector))).encryptor()
        context.update(bytes(text))
        context.finalize()


def test_the_key_store_formats_a_secret_with_it(root: Path) -> None:
    pytest.importorskip("secretstorage")
    code = f"""
import sys
sys.path.insert(0, {str(root / "packaging")!r})
import without_cryptography
without_cryptography.stand_in()
from secretstorage.util import format_secret
from secretstorage.dhcrypto import Session
session = Session()
session.object_path = "/here"
session.set_server_public_key(session.my_public_key)
place, vector, secret, kind = format_secret(session, b"a password", "text/plain")
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
back = Cipher(algorithms.AES(session.aes_key), modes.CBC(vector), None).decryptor()
assert back.update(secret) + back.finalize() == b"a password" + bytes([6] * 6)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
