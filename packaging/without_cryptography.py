"""Runs before the built program: AES for the Secret Service of Linux, from the OpenSSL that is there.

The key store's client asks the library `cryptography` for AES and for nothing else. That has 14 MB and
brings an OpenSSL of its own; the program has one already, for TLS.
Source: https://docs.openssl.org/3.0/man3/EVP_EncryptInit/
"""

import sys
from collections.abc import Callable
from ctypes import CDLL, byref, c_char_p, c_int, c_void_p, create_string_buffer
from functools import cache
from types import ModuleType

BLOCK = 16  # bytes
ENCRYPT, DECRYPT = 1, 0


class AES:
    def __init__(self, key: bytes) -> None:
        self.key = key


class CBC:
    def __init__(self, initialization_vector: bytes) -> None:
        self.initialization_vector = initialization_vector


class Cipher:
    """AES with 128 bits in CBC, as `cryptography` has it; other keys are refused."""

    def __init__(self, algorithm: AES, mode: CBC, _backend: object = None) -> None:
        if len(algorithm.key) != BLOCK or len(mode.initialization_vector) != BLOCK:
            raise ValueError("a key and a vector of 128 bits")
        self._key, self._vector = algorithm.key, mode.initialization_vector

    def encryptor(self) -> "Context":
        return Context(self._key, self._vector, ENCRYPT)

    def decryptor(self) -> "Context":
        return Context(self._key, self._vector, DECRYPT)


class Context:
    """One text, of whole blocks."""

    def __init__(self, key: bytes, vector: bytes, way: int) -> None:
        self._key, self._vector, self._way = key, vector, way
        self._text = b""

    def update(self, text: bytes) -> bytes:
        self._text += text
        return b""

    def finalize(self) -> bytes:
        if len(self._text) % BLOCK:
            raise ValueError("whole blocks only")
        openssl = _openssl()
        context = openssl.EVP_CIPHER_CTX_new()
        try:
            return self._converted(openssl, context)
        finally:
            openssl.EVP_CIPHER_CTX_free(context)

    def _converted(self, openssl: CDLL, context: int) -> bytes:
        out, written = create_string_buffer(len(self._text) + BLOCK), c_int()
        cipher = openssl.EVP_aes_128_cbc()
        fine = (
            openssl.EVP_CipherInit_ex(context, cipher, None, self._key, self._vector, self._way)
            and openssl.EVP_CIPHER_CTX_set_padding(context, 0)
            and openssl.EVP_CipherUpdate(context, out, byref(written), self._text, len(self._text))
        )
        if not fine or written.value != len(self._text):
            raise ValueError("OpenSSL refused")
        return out.raw[: written.value]


@cache
def _openssl() -> CDLL:
    import _ssl  # it brings the library, which is then found by its name  # noqa: F401

    openssl = CDLL("libcrypto.so.3")
    openssl.EVP_CIPHER_CTX_new.restype = openssl.EVP_aes_128_cbc.restype = c_void_p
    openssl.EVP_CIPHER_CTX_free.argtypes = [c_void_p]
    openssl.EVP_CIPHER_CTX_set_padding.argtypes = [c_void_p, c_int]
    openssl.EVP_CipherInit_ex.argtypes = [c_void_p, c_void_p, c_void_p, c_char_p, c_char_p, c_int]
    openssl.EVP_CipherUpdate.argtypes = [c_void_p, c_void_p, c_void_p, c_char_p, c_int]
    return openssl


def stand_in() -> None:
    ciphers = {
        "Cipher": Cipher,
        "algorithms": _module("algorithms", AES=AES),
        "modes": _module("modes", CBC=CBC),
    }
    nothing: Callable[[], None] = lambda: None  # noqa: E731
    for name, content in {
        "cryptography": {},
        "cryptography.hazmat": {},
        "cryptography.hazmat.backends": {"default_backend": nothing},
        "cryptography.hazmat.primitives": {},
        "cryptography.hazmat.primitives.ciphers": ciphers,
    }.items():
        sys.modules[name] = _module(name, **content)


def _module(name: str, **content: object) -> ModuleType:
    module = ModuleType(name)
    vars(module).update(content)
    return module


if getattr(sys, "frozen", False) and sys.platform == "linux":
    stand_in()
