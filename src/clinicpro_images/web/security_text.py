"""`/.well-known/security.txt`: where to report a weakness (RFC 9116)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from clinicpro_images.web.access import PUBLIC

_VALID: Final = timedelta(days=180)


def security_text_routes(*, contact: str, public_url: str, clock: Callable[[], float]) -> APIRouter:
    """Return the route; `contact` is a `mailto:` or `https:` address."""
    router = APIRouter(include_in_schema=False, dependencies=[PUBLIC])

    @router.get("/.well-known/security.txt")
    async def security_text() -> PlainTextResponse:
        expires = (datetime.fromtimestamp(clock(), UTC) + _VALID).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        lines = (
            f"Contact: {contact}",
            f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
            "Preferred-Languages: en",
            f"Canonical: {public_url}/.well-known/security.txt",
        )
        return PlainTextResponse("\n".join(lines) + "\n")

    return router
