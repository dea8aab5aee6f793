"""`/problems/{slug}`: what each error means and what to do. The `type` of every problem opens here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from clinicpro_images.errors import ClinicProError, NotFound
from clinicpro_images.web.access import PUBLIC
from clinicpro_images.web.framework_problems import FRAMEWORK_PROBLEMS
from clinicpro_images.web.plain_page import plain_page

_UNKNOWN = "There is no error of this name. Open /problems to see all of them."
_HEADERS = {"cache-control": "public, max-age=3600"}
_LATER = "Trying again later can help. A photo that is being filed is retried automatically."


@dataclass(frozen=True)
class ProblemPage:
    """What the page of one error says."""

    slug: str
    title: str
    status: int
    detail: str
    integrator: str = ""
    retryable: bool = False


def known_problems() -> Mapping[str, ProblemPage]:
    """Return every error by its slug: the tree of errors, and those that the framework raises."""
    found = {
        slug: ProblemPage(slug, each.title, each.status, each.detail, each.integrator)
        for slug, each in FRAMEWORK_PROBLEMS.items()
    }
    for error in _tree(ClinicProError):
        # Classes that only group others inherit their slug: the first one is the one that has it.
        found.setdefault(
            error.slug,
            ProblemPage(
                error.slug,
                error.title,
                error.status,
                error.default_detail,
                error.default_integrator,
                error.retryable,
            ),
        )
    return dict(sorted(found.items()))


def problem_page_routes() -> APIRouter:
    """Return the routes; anyone may read what an error means."""
    router = APIRouter(tags=["problems"], dependencies=[PUBLIC])

    @router.get("/problems", response_class=HTMLResponse, summary="List every error")
    async def every() -> HTMLResponse:
        items = "".join(
            f'<li><a href="/problems/{page.slug}">{escape(page.title)}</a> <code>{page.slug}</code></li>'
            for page in known_problems().values()
        )
        return HTMLResponse(plain_page("Every error", f"<ul>{items}</ul>"), headers=_HEADERS)

    @router.get("/problems/{slug}", response_class=HTMLResponse, summary="Explain an error")
    async def one(slug: str) -> HTMLResponse:
        page = known_problems().get(slug)
        if page is None:
            raise NotFound(_UNKNOWN)
        return HTMLResponse(plain_page(page.title, _content(page)), headers=_HEADERS)

    return router


def _content(page: ProblemPage) -> str:
    integrator = (
        f"<h2>For the person who runs this installation</h2>\n<p>{escape(page.integrator)}</p>\n"
        if page.integrator
        else ""
    )
    # Of all others the detail says what to do, and for some of them that is to try again.
    later = f"<h2>Does trying again help?</h2>\n<p>{_LATER}</p>\n" if page.retryable else ""
    return f"""<p>{escape(page.detail)}</p>
{later}{integrator}<h2>Where to look</h2>
<p>The page that showed this error has a reference for support. The gateway's log has the same reference as
<code>correlation_id</code>, and this error as <code>problem={page.slug}</code>; so has Medtech, if it was called.</p>
<p class="reference">HTTP status {page.status}, <code>{page.slug}</code> · <a href="/problems">every error</a></p>"""


def _tree(error: type[ClinicProError]) -> Iterator[type[ClinicProError]]:
    yield error
    for each in error.__subclasses__():
        yield from _tree(each)
