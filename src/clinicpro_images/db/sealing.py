"""Keys derived from the installation's secret: seal what is stored, hash what is looked up.

AES-256-GCM throughout. A sealed value is `version (1 byte) + nonce (12) + ciphertext + tag (16)`;
the context given when sealing is authenticated, so a value can't be moved to another row or column.
"""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = b"\x01"
_NONCE_BYTES = 12
_KEY_BYTES = 32


class SealBroken(Exception):
    """A sealed value does not open: another secret, another context, or altered bytes."""


def seal(key: bytes, plain: bytes, context: str) -> bytes:
    """Encrypt `plain` under `key`, bound to `context`."""
    nonce = os.urandom(_NONCE_BYTES)
    return _VERSION + nonce + AESGCM(key).encrypt(nonce, plain, context.encode())


def unseal(key: bytes, sealed: bytes, context: str) -> bytes:
    """Open what `seal` made; raises SealBroken."""
    nonce, ciphertext = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    if sealed[:1] != _VERSION:
        raise SealBroken(f"Unknown version of a sealed value ({context}).")
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, context.encode())
    except (InvalidTag, ValueError) as error:  # ValueError: cut off within the nonce
        raise SealBroken(f"A sealed value does not open ({context}): was the secret key changed?") from error


class Keyring:
    """The keys of one installation, each derived for one purpose (HKDF-SHA256)."""

    def __init__(self, secret: str) -> None:
        """Derive everything from `secret`, the value of CLINICPRO_SECRET_KEY."""
        self._secret = secret.encode()
        self._columns = self._derive("columns")
        self._picture_keys = self._derive("picture-keys")
        self._lookups = self._derive("lookups")

    def __repr__(self) -> str:
        return "Keyring(…)"

    def _derive(self, purpose: str) -> bytes:
        return HKDF(SHA256(), _KEY_BYTES, salt=None, info=f"clinicpro-images/{purpose}".encode()).derive(
            self._secret
        )

    def seal_column(self, plain: bytes, context: str) -> bytes:
        """Encrypt a database value; `context` is table, column and row id."""
        return seal(self._columns, plain, context)

    def open_column(self, sealed: bytes, context: str) -> bytes:
        """Decrypt a database value; raises SealBroken."""
        return unseal(self._columns, sealed, context)

    def new_picture_key(self, picture_id: str) -> tuple[bytes, bytes]:
        """Return a fresh key for one picture and the same key wrapped for its row."""
        key = AESGCM.generate_key(bit_length=_KEY_BYTES * 8)
        return key, seal(self._picture_keys, key, f"picture-key/{picture_id}")

    def picture_key(self, wrapped: bytes, picture_id: str) -> bytes:
        """Unwrap the key of one picture; raises SealBroken."""
        return unseal(self._picture_keys, wrapped, f"picture-key/{picture_id}")

    def keyed_hash(self, purpose: str, *parts: str | bytes) -> str:
        """Hash identifiers so that equal ones can be found without storing them (HMAC-SHA256, hex)."""
        mac = hmac.new(self._lookups, purpose.encode(), hashlib.sha256)
        for part in parts:
            raw = part.encode() if isinstance(part, str) else part
            mac.update(len(raw).to_bytes(8, "big") + raw)
        return mac.hexdigest()
