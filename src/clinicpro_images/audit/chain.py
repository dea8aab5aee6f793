"""The hash chain: each row has a MAC over itself and the previous row of its shard, under the audit key.

Without the key, someone who can write to the database can neither change a row nor add one undetected; see verify.py.
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
    """The key of the audit trail. It stays when the installation's secret changes."""

    def __init__(self, key: bytes) -> None:
        """Derive the keys that encrypt identities, chain the rows, and hash patients."""
        self._who = _derive(key, "who")
        self._chain = _derive(key, "chain")
        self._patients = _derive(key, "patients")

    def __repr__(self) -> str:
        return "AuditKey(…)"

    def row_mac(self, row: dict[str, Any]) -> str:
        """Return the MAC of a row, in hex; `who` is bytes, everything else text or a number."""
        content = [row[name].hex() if name == "who" else row[name] for name in COLUMNS]
        if row["shard"]:
            # Rows of shard 0 have existing MACs from before there were shards.
            content.insert(0, row["shard"])
        # The repr of a float is exact, and both databases return the float they were given.
        return self._mac("row", json.dumps(content, ensure_ascii=True, separators=(",", ":")))

    def head_mac(self, shard: int, seq: int, mac: str) -> str:
        """Return the MAC of a chain head, which records a shard's length."""
        return self._mac("head", f"{shard}/{seq}:{mac}" if shard else f"{seq}:{mac}")

    def heads_mac(self, macs: Sequence[str]) -> str:
        """Return one MAC over the last rows of all shards, in order; for a single shard, its last row's own MAC."""
        return macs[0] if len(macs) == 1 else self._mac("ends", ",".join(macs))

    def memory_mac(self, ends: str) -> str:
        """Return the MAC of the file in which a process keeps what it knows of the ends."""
        return self._mac("memory", ends)

    def patient(self, facility_id: str, patient_id: str) -> str:
        """Return a keyed hash of a patient, the same in every entry."""
        parts = (facility_id, patient_id)
        message = "".join(f"{len(part)}:{part}" for part in parts)
        return hmac.new(self._patients, message.encode(), hashlib.sha256).hexdigest()

    def encrypt_identity(self, who: dict[str, str], shard: int, seq: int) -> bytes:
        """Encrypt who acted, for the row `seq` of `shard`."""
        return encrypt(self._who, json.dumps(who, ensure_ascii=False).encode(), _context(shard, seq))

    def decrypt_identity(self, encrypted: bytes, shard: int, seq: int) -> dict[str, str]:
        """Decrypt who acted; raises DecryptionFailed."""
        who: dict[str, str] = json.loads(decrypt(self._who, encrypted, _context(shard, seq)))
        return who

    def _mac(self, kind: str, message: str) -> str:
        return hmac.new(self._chain, f"{kind}\n{message}".encode(), hashlib.sha256).hexdigest()


def _context(shard: int, seq: int) -> str:
    return f"audit.who/{shard}/{seq}" if shard else f"audit.who/{seq}"


def _derive(key: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=f"clinicpro-images/audit/{purpose}".encode()).derive(key)
