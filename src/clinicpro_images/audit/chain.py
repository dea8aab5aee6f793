"""The hash chain: each row carries a MAC over itself and over the row before it in its shard, under the audit key.

Someone who can write to the database but has no key can neither change a row nor make one; see verify.py.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from clinicpro_images.crypto.keyring import decrypt, encrypt

FIRST = "0" * 64
COLUMNS = (
    "seq",
    "at",
    "action",
    "facility_id",
    "session_id",
    "patient",
    "who",
    "subject",
    "document_id",
    "about",
    "correlation_id",
    "previous",
)


class AuditKey:
    """The key of the trail. It stays when the installation's secret changes."""

    def __init__(self, key: bytes) -> None:
        """Derive the keys that encrypt who acted, chain the rows, and hash patients."""
        self._who = _derive(key, "who")
        self._chain = _derive(key, "chain")
        self._patients = _derive(key, "patients")

    def __repr__(self) -> str:
        return "AuditKey(…)"

    def code(self, row: dict[str, Any]) -> str:
        """Return the MAC of a row, in hex; `who` is bytes, everything else text or a number."""
        content = [row[name].hex() if name == "who" else row[name] for name in COLUMNS]
        if row["shard"]:
            # Shard 0 is older than the others, and its rows keep the MACs they have.
            content.insert(0, row["shard"])
        # The repr of a float is exact, and both databases return the float they were given.
        return self._mac("row", json.dumps(content, ensure_ascii=True, separators=(",", ":")))

    def head_code(self, shard: int, seq: int, mac: str) -> str:
        """Return the MAC of a chain head: the record of how long a shard is."""
        return self._mac("head", f"{shard}/{seq}:{mac}" if shard else f"{seq}:{mac}")

    def heads_code(self, macs: Sequence[str]) -> str:
        """Return one MAC over the last rows of all shards, in order; that of a single shard is its row's own."""
        return macs[0] if len(macs) == 1 else self._mac("ends", ",".join(macs))

    def patient(self, facility_id: str, patient_id: str) -> str:
        """Return a keyed hash of a patient: always the same for the same patient."""
        parts = (facility_id, patient_id)
        message = "".join(f"{len(part)}:{part}" for part in parts)
        return hmac.new(self._patients, message.encode(), hashlib.sha256).hexdigest()

    def encrypt_identity(self, who: dict[str, str], shard: int, seq: int) -> bytes:
        """Encrypt who acted."""
        return encrypt(self._who, json.dumps(who, ensure_ascii=False).encode(), _place(shard, seq))

    def decrypt_identity(self, encrypted: bytes, shard: int, seq: int) -> dict[str, str]:
        """Decrypt who acted; raises DecryptionFailed."""
        who: dict[str, str] = json.loads(decrypt(self._who, encrypted, _place(shard, seq)))
        return who

    def _mac(self, kind: str, message: str) -> str:
        return hmac.new(self._chain, f"{kind}\n{message}".encode(), hashlib.sha256).hexdigest()


def _place(shard: int, seq: int) -> str:
    return f"audit.who/{shard}/{seq}" if shard else f"audit.who/{seq}"


def _derive(key: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=f"clinicpro-images/audit/{purpose}".encode()).derive(key)
