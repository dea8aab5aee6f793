"""How rows hang together: each carries a code over itself and the row before in its shard, under the audit key.

Whoever can write the database and has not the key can neither change a row nor make one: see verify.py.
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
    """The key of the trail, which a change of the installation's secret leaves as it is."""

    def __init__(self, key: bytes) -> None:
        """Derive what seals, what chains and what names patients."""
        self._who = _derive(key, "who")
        self._chain = _derive(key, "chain")
        self._patients = _derive(key, "patients")

    def __repr__(self) -> str:
        return "AuditKey(…)"

    def code(self, row: dict[str, Any]) -> str:
        """Return the code of a row; `who` is bytes, everything else text or a number."""
        content = [row[name].hex() if name == "who" else row[name] for name in COLUMNS]
        if row["shard"]:
            # Strand 0 is older than the others, and its rows keep the codes that they have.
            content.insert(0, row["shard"])
        # repr of a float is exact, and both databases give back the float that they got.
        return self._mac("row", json.dumps(content, ensure_ascii=True, separators=(",", ":")))

    def head_code(self, shard: int, seq: int, mac: str) -> str:
        """Return the code of the row that says how long a shard is."""
        return self._mac("head", f"{shard}/{seq}:{mac}" if shard else f"{seq}:{mac}")

    def heads_code(self, macs: Sequence[str]) -> str:
        """Return one code for the last rows of all shards, in their order; that of one shard is its row's own."""
        return macs[0] if len(macs) == 1 else self._mac("ends", ",".join(macs))

    def patient(self, facility_id: str, patient_id: str) -> str:
        """Name a patient without saying who; the same patient has the same name for ever."""
        parts = (facility_id, patient_id)
        message = "".join(f"{len(part)}:{part}" for part in parts)
        return hmac.new(self._patients, message.encode(), hashlib.sha256).hexdigest()

    def encrypt_identity(self, who: dict[str, str], shard: int, seq: int) -> bytes:
        """Seal what says who acted."""
        return encrypt(self._who, json.dumps(who, ensure_ascii=False).encode(), _place(shard, seq))

    def decrypt_identity(self, encrypted: bytes, shard: int, seq: int) -> dict[str, str]:
        """Open it; raises SealBroken."""
        who: dict[str, str] = json.loads(decrypt(self._who, encrypted, _place(shard, seq)))
        return who

    def _mac(self, kind: str, message: str) -> str:
        return hmac.new(self._chain, f"{kind}\n{message}".encode(), hashlib.sha256).hexdigest()


def _place(shard: int, seq: int) -> str:
    return f"audit.who/{shard}/{seq}" if shard else f"audit.who/{seq}"


def _derive(key: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=f"clinicpro-images/audit/{purpose}".encode()).derive(key)
