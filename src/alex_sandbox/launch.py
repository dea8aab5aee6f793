"""Launch contexts: what Evolution puts into the URL, and the decoding of it.

The context is encrypted and the signature an HMAC, both in plain base64, so `+`, `/` and `=` occur and have to be
percent-encoded by whoever carries them. ALEX refuses neither an old context nor one it has decoded before; that
is the receiver's business.
"""

import base64
import binascii
import hashlib
import hmac
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from alex_sandbox.clock import AUCKLAND, instant

_NONCE = 12


class ForgedLaunch(ValueError):
    """The signature does not belong to the context, or one of them is not base64."""


@dataclass(frozen=True)
class Launch:
    """A minted launch."""

    context: str
    signature: str

    def url(self, launch_url: str) -> str:
        """The link that Evolution opens."""
        return (
            f"{launch_url}?context={quote(self.context, safe='')}&signature={quote(self.signature, safe='')}"
        )


class LaunchContexts:
    """Mints and decodes with keys that live as long as the process."""

    def __init__(self, random_bytes: Callable[[int], bytes] = os.urandom) -> None:
        """Make the keys."""
        self._random_bytes = random_bytes
        self._cipher = AESGCM(random_bytes(32))
        self._signing = random_bytes(32)

    def mint(
        self,
        *,
        patient_id: str | None,
        facility: str,
        provider_id: str,
        created: datetime,
        style: str = "utc",
    ) -> Launch:
        """A launch for one patient, or for none."""
        written = (
            created.astimezone(AUCKLAND).isoformat(timespec="milliseconds")
            if style == "auckland"
            else instant(created)
        )
        plain = json.dumps(
            {
                "patientId": patient_id,
                "facilityCode": facility,
                "providerId": provider_id,
                "createdTime": written,
            }
        )
        nonce = self._random_bytes(_NONCE)
        context = base64.b64encode(nonce + self._cipher.encrypt(nonce, plain.encode(), None)).decode()
        return Launch(context, self._sign(context))

    def decode(self, context: str, signature: str) -> dict[str, Any]:
        """`{patientId, facilityCode, providerId, createdTime}`; ForgedLaunch otherwise."""
        if not hmac.compare_digest(self._sign(context).encode(), signature.encode("utf-8", "replace")):
            raise ForgedLaunch("The signature does not belong to the context.")
        try:
            sealed = base64.b64decode(context, validate=True)
            plain = json.loads(self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], None))
        except (binascii.Error, InvalidTag, ValueError) as error:
            raise ForgedLaunch("The context can't be read.") from error
        return dict(plain)

    def _sign(self, context: str) -> str:
        return base64.b64encode(hmac.new(self._signing, context.encode(), hashlib.sha256).digest()).decode()


def context_and_signature(raw_path: bytes) -> tuple[str, str] | None:
    """The two last segments of the path as sent; None when they are not two, each percent-encoded.

    A raw `+` is refused: IIS, which answers for ALEX, does not take it as part of a path.
    """
    _, marker, rest = raw_path.decode("latin-1").partition("/getlaunchcontextstring/")
    segments = rest.split("/")
    if not marker or len(segments) != 2 or not all(segments) or "+" in rest:  # noqa: PLR2004 - context and signature
        return None
    return unquote(segments[0]), unquote(segments[1])
