"""Launch contexts: created for the URL that Evolution opens, and decoded by ALEX.

The context is encrypted and signed with an HMAC, both in standard base64, so `+`, `/` and `=` occur and must be
percent-encoded in URLs. ALEX accepts old contexts and contexts it has decoded before: rejecting those is up to
the vendor.
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

_NONCE_BYTES = 12


class ForgedLaunch(ValueError):
    """The signature does not match the context, or one of them is not base64."""


@dataclass(frozen=True)
class CreatedLaunch:
    """A launch as Evolution passes it to a vendor."""

    context: str
    signature: str

    def url(self, launch_url: str) -> str:
        """Return the link that Evolution opens."""
        return (
            f"{launch_url}?context={quote(self.context, safe='')}&signature={quote(self.signature, safe='')}"
        )


class LaunchContexts:
    """Creates and decodes launch contexts with keys that last as long as the process."""

    def __init__(self, random_bytes: Callable[[int], bytes] = os.urandom) -> None:
        """Generate the keys."""
        self._random_bytes = random_bytes
        self._cipher = AESGCM(random_bytes(32))
        self._signing_key = random_bytes(32)

    def create(
        self,
        *,
        patient_id: str | None,
        facility: str,
        provider_id: str | None,
        created: datetime,
        time_style: str = "utc",
    ) -> CreatedLaunch:
        """Create a launch for a patient and a provider, or without one. `time_style` is "utc" or "auckland"."""
        created_time = (
            created.astimezone(AUCKLAND).isoformat(timespec="milliseconds")
            if time_style == "auckland"
            else instant(created)
        )
        plaintext = json.dumps(
            {
                "patientId": patient_id,
                "facilityCode": facility,
                "providerId": provider_id,
                "createdTime": created_time,
            }
        )
        nonce = self._random_bytes(_NONCE_BYTES)
        context = base64.b64encode(nonce + self._cipher.encrypt(nonce, plaintext.encode(), None)).decode()
        return CreatedLaunch(context, self._sign(context))

    def decode(self, context: str, signature: str) -> dict[str, Any]:
        """Return `{patientId, facilityCode, providerId, createdTime}`. Raises ForgedLaunch."""
        if not hmac.compare_digest(self._sign(context).encode(), signature.encode("utf-8", "replace")):
            raise ForgedLaunch("The signature does not match the context.")
        try:
            encrypted = base64.b64decode(context, validate=True)
            plaintext = self._cipher.decrypt(encrypted[:_NONCE_BYTES], encrypted[_NONCE_BYTES:], None)
            return dict(json.loads(plaintext))
        except (binascii.Error, InvalidTag, ValueError) as error:
            raise ForgedLaunch("The context can't be decrypted.") from error

    def _sign(self, context: str) -> str:
        digest = hmac.new(self._signing_key, context.encode(), hashlib.sha256).digest()
        return base64.b64encode(digest).decode()


def context_and_signature(raw_path: bytes) -> tuple[str, str] | None:
    """Return the two last path segments, percent-decoded; None if there are not exactly two.

    A raw `+` is refused too: IIS, which serves ALEX, does not accept one in a path.
    """
    _, marker, rest = raw_path.decode("latin-1").partition("/getlaunchcontextstring/")
    segments = rest.split("/")
    if not marker or len(segments) != 2 or not all(segments) or "+" in rest:  # noqa: PLR2004 - context and signature
        return None
    return unquote(segments[0]), unquote(segments[1])
