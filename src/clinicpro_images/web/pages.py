"""The widget's page, the phone's page, and the error page for someone whose link did not work."""

import os
import re
from html import escape
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from clinicpro_images.errors import NotFound
from clinicpro_images.settings.errors import InstallationIncomplete
from clinicpro_images.web.access import PUBLIC
from clinicpro_images.web.plain_page import plain_page

STATIC = Path(__file__).parent / "static"
# Stricter than elsewhere: the phone page uses the camera, shows only its own data, and is never framed.
_PHONE_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        "worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "permissions-policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=(), display-capture=()",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
}
PAGE_STYLES = Path(__file__).parent / "pages_static"


_PAGES = ("index.html", "phone.html")
_NOT_BUILT = "This installation has no such page: it was built without the widget. Ask your administrator to reinstall it."


def require_pages(static: Path = STATIC) -> None:
    """Raise InstallationIncomplete unless every page is built, with every asset that it refers to."""
    missing = [page for page in _PAGES if not (static / page).is_file()]
    for page in set(_PAGES) - set(missing):
        named = re.findall(r'"/(assets/[^"?#]+)"', (static / page).read_text("utf-8"))
        missing += [asset for asset in named if not (static / asset).is_file()]
    if missing:
        raise InstallationIncomplete(
            f"The widget is not in this installation ({', '.join(sorted(missing))} missing in {static}). "
            "Install a released wheel, or run scripts/setup in a checkout."
        )


def widget_page() -> FileResponse | None:
    """Return the widget's page; None if it has not been built."""
    if not (STATIC / "index.html").is_file():
        return None
    return FileResponse(STATIC / "index.html", headers={"cache-control": "no-cache"})


def page_routes() -> APIRouter:
    """Return the routes of the pages."""
    router = APIRouter(include_in_schema=False, dependencies=[PUBLIC])

    @router.get("/")
    async def widget() -> FileResponse:
        page = widget_page()
        if page is None:
            raise NotFound(_NOT_BUILT)
        return page

    @router.get("/phone")
    async def phone() -> FileResponse:
        if not (STATIC / "phone.html").is_file():
            raise NotFound(_NOT_BUILT)
        return FileResponse(STATIC / "phone.html", headers={"cache-control": "no-cache"} | _PHONE_HEADERS)

    return router


class Assets(StaticFiles):
    """Built files: their names change with their content, so browsers may cache them."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Serve one file, to be cached for a year."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


# An empty href is the page's own address, so the address itself, with its query, is not written into the page.
_AGAIN = ("", "Try again")


def error_page(
    title: str,
    detail: str,
    reference: str,
    *,
    again: bool = False,
    recovery_link: tuple[str, str] | None = None,
) -> str:
    """Return a small page that says what happened and what to do.

    `again`: the same link may work later. `recovery_link`: the path and text of another link to offer instead.
    """
    content = f"""<p>{escape(detail)}</p>
{_link(again, recovery_link)}<p class="reference">Reference for support: {escape(reference)}</p>"""
    return plain_page(title, content)


def _link(again: bool, recovery_link: tuple[str, str] | None) -> str:
    target = recovery_link or (_AGAIN if again else None)
    if target is None:
        return ""
    return f'<p><a class="again" href="{escape(target[0])}">{escape(target[1])}</a></p>\n'
