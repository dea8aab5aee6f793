"""Attachments: strict base64, and bytes that really are what their content type says."""

import base64
import binascii
from dataclasses import dataclass

from alex_sandbox.errors import invalid, not_supported

# An end-of-file marker of a PDF or JPEG may be followed by a little padding.
_TAIL = 1024


@dataclass(frozen=True)
class Attachment:
    """What came inline in a resource, decoded."""

    content_type: str
    title: str
    content: bytes


def decode(content_type: str, title: str, data: str, allowed: tuple[str, ...]) -> Attachment:
    """Check and decode an attachment; OutcomeRefusal otherwise."""
    if content_type not in allowed:
        raise not_supported(f"{content_type} is not taken here; these are: {', '.join(allowed)}.")
    try:
        content = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid(f"attachment.data is not base64: {error}") from error
    if not content:
        raise invalid("attachment.data is empty.")
    if not _CHECKS[content_type](content):
        raise invalid(f"attachment.data is not {content_type}.")
    return Attachment(content_type, title, content)


def _is_tiff(content: bytes) -> bool:
    if content[:4] not in {b"II*\x00", b"MM\x00*"}:
        return False
    first_directory = int.from_bytes(content[4:8], "little" if content[:2] == b"II" else "big")
    return 8 <= first_directory <= len(content) - 2  # noqa: PLR2004 - the header is eight bytes, an entry count two


def _is_pdf(content: bytes) -> bool:
    return content.startswith(b"%PDF-") and b"%%EOF" in content[-_TAIL:]


def _is_jpeg(content: bytes) -> bool:
    return content.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in content[-_TAIL:]


def _is_png(content: bytes) -> bool:
    return (
        content.startswith(b"\x89PNG\r\n\x1a\n") and content[12:16] == b"IHDR" and content[-8:-4] == b"IEND"
    )


_CHECKS = {
    "image/tiff": _is_tiff,
    "application/pdf": _is_pdf,
    "image/jpeg": _is_jpeg,
    "image/png": _is_png,
}
