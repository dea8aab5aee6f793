"""Keys derived from the installation's secret, stretched, to encrypt stored data and to hash what is looked up.

AES-256-GCM throughout. An encrypted value is `version (1 byte) + nonce (12) + ciphertext + tag (16)`;
the context given when encrypting is authenticated, so a value can't be moved to another row or column.
"""

import copy
import hashlib
import hmac
import os
from collections.abc import Sequence
from mmap import mmap

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from clinicpro_images.crypto.stretching import Stretching, stretch

_VERSION = b"\x01"
_NONCE_BYTES = 12
_KEY_BYTES = 32


class DecryptionFailed(Exception):
    """A value can't be decrypted: another secret, another context, or altered bytes."""


def encrypt(key: bytes, plain: bytes, context: str) -> bytes:
    """Encrypt `plain` under `key`, bound to `context`."""
    return b"".join(encrypt_in_parts(key, plain, context))


def encrypt_in_parts(key: bytes, plain: bytes, context: str) -> tuple[bytes, bytes]:
    """As `encrypt`, in two parts to be written one after the other: joining them would copy the image once more."""
    nonce = os.urandom(_NONCE_BYTES)
    return _VERSION + nonce, AESGCM(key).encrypt(nonce, plain, context.encode())


def decrypt(key: bytes, encrypted: bytes | mmap, context: str) -> bytes:
    """Decrypt the result of `encrypt`; raises DecryptionFailed."""
    # Memory views skip the first bytes without copying the image.
    with memoryview(encrypted) as whole, whole[1 + _NONCE_BYTES :] as ciphertext:
        if whole[:1] != _VERSION:
            raise DecryptionFailed(f"Unknown version of an encrypted value ({context}).")
        try:
            return AESGCM(key).decrypt(bytes(whole[1 : 1 + _NONCE_BYTES]), ciphertext, context.encode())
        except (InvalidTag, ValueError) as error:  # ValueError: truncated within the nonce
            raise DecryptionFailed(
                f"A value can't be decrypted ({context}): was the secret key changed?"
            ) from error


class Keyring:
    """The keys of one installation, each derived for one purpose (HKDF-SHA256)."""

    def __init__(
        self, secret: str, others: Sequence[str] = (), *, stretching: Stretching | None = None
    ) -> None:
        """Encrypt under keys derived from `secret`; decrypt values encrypted under it or under one of `others`.

        With `stretching`, keys derived from the stretched secrets decrypt too, and encrypt once it is `in_use`.
        """
        plain = [each.encode() for each in (secret, *others)]
        stretched = [stretch(each, stretching) for each in plain] if stretching is not None else []
        first_stretched = stretching is not None and stretching.in_use
        roots = [*stretched, *plain] if first_stretched else [*plain, *stretched]
        self._columns = [_derived(each, "columns") for each in roots]
        self._content_keys = [_derived(each, "picture-keys") for each in roots]
        self._lookups = _derived(roots[0], "lookups")

    def with_lookups(self, lookups: bytes) -> "Keyring":
        """Return the same keyring with the stored key of the hashes, which stays when the secret changes."""
        other = copy.copy(self)
        other._lookups = lookups  # noqa: SLF001 - a copy of its own
        return other

    def __repr__(self) -> str:
        return "Keyring(…)"

    def encrypt_column(self, plain: bytes, context: str) -> bytes:
        """Encrypt a database value; `context` is table, column and row id."""
        return encrypt(self._columns[0], plain, context)

    def decrypt_column(self, encrypted: bytes, context: str) -> bytes:
        """Decrypt a database value; raises DecryptionFailed."""
        return _decrypt_with(self._columns, encrypted, context)

    def new_content_key(self, image_id: str) -> tuple[bytes, bytes]:
        """Return a new key for one image, and the same key wrapped for its row."""
        key = AESGCM.generate_key(bit_length=_KEY_BYTES * 8)
        return key, encrypt(self._content_keys[0], key, f"picture-key/{image_id}")

    def content_key(self, wrapped: bytes, image_id: str) -> bytes:
        """Unwrap the key of one image; raises DecryptionFailed."""
        return _decrypt_with(self._content_keys, wrapped, f"picture-key/{image_id}")

    def reencrypt_column(self, encrypted: bytes, context: str) -> bytes | None:
        """Return a database value re-encrypted under the current secret; None if it is already."""
        return _reencrypt(self._columns, encrypted, context)

    def rewrap_content_key(self, wrapped: bytes, image_id: str) -> bytes | None:
        """Return an image's key re-wrapped under the current secret; None if it is already."""
        return _reencrypt(self._content_keys, wrapped, f"picture-key/{image_id}")

    def keyed_hash(self, purpose: str, *parts: str | bytes) -> str:
        """Hash identifiers, so that equal ones can be found without storing them (HMAC-SHA256, hex)."""
        mac = hmac.new(self._lookups, purpose.encode(), hashlib.sha256)
        for part in parts:
            raw = part.encode() if isinstance(part, str) else part
            mac.update(len(raw).to_bytes(8, "big") + raw)
        return mac.hexdigest()


def _derived(root: bytes, purpose: str) -> bytes:
    info = f"clinicpro-images/{purpose}".encode()
    return HKDF(SHA256(), _KEY_BYTES, salt=None, info=info).derive(root)


def _decrypt_with(keys: Sequence[bytes], encrypted: bytes, context: str) -> bytes:
    for key in keys[:-1]:
        try:
            return decrypt(key, encrypted, context)
        except DecryptionFailed:
            continue
    return decrypt(keys[-1], encrypted, context)


def _reencrypt(keys: Sequence[bytes], encrypted: bytes, context: str) -> bytes | None:
    try:
        decrypt(keys[0], encrypted, context)
    except DecryptionFailed:
        return encrypt(keys[0], _decrypt_with(keys, encrypted, context), context)
    return None
