"""Attachments: strict base64, and content that matches its declared type."""

import base64
import binascii

from alex_sandbox.errors import invalid, not_supported

# A PDF's or JPEG's end marker may be followed by a little padding.
_TAIL_BYTES = 1024


def decode_attachment(content_type: str, data: str, allowed: tuple[str, ...]) -> bytes:
    """Check and decode an attachment's base64 `data`. Raises OutcomeRefusal (400)."""
    if content_type not in allowed:
        raise not_supported(f"{content_type} is not accepted here; these are: {', '.join(allowed)}.")
    try:
        content = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid(f"attachment.data is not base64: {error}") from error
    if not content:
        raise invalid("attachment.data is empty.")
    if not _CHECKS[content_type](content):
        raise invalid(f"attachment.data is not {content_type}.")
    return content


def _is_tiff(content: bytes) -> bool:
    if content[:4] not in {b"II*\x00", b"MM\x00*"}:
        return False
    first_directory = int.from_bytes(content[4:8], "little" if content[:2] == b"II" else "big")
    return 8 <= first_directory <= len(content) - 2  # noqa: PLR2004 - an 8-byte header and a 2-byte entry count


def _is_pdf(content: bytes) -> bool:
    return content.startswith(b"%PDF-") and b"%%EOF" in content[-_TAIL_BYTES:]


def _is_jpeg(content: bytes) -> bool:
    return content.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in content[-_TAIL_BYTES:]


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
