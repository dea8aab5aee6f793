"""Problems that FastAPI and the HTTP parser report: they have no class in the error tree."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final


@dataclass(frozen=True)
class FrameworkProblem:
    """What is said of one: `detail` to clinicians, `integrator` to the person who runs the installation."""

    slug: str
    title: str
    status: HTTPStatus
    detail: str
    integrator: str = ""


INVALID_REQUEST: Final = FrameworkProblem(
    "invalid-request",
    "Not accepted",
    HTTPStatus.UNPROCESSABLE_ENTITY,
    "Some of the details can't be stored. The message names them: change them and try again.",
    "The member `errors` names each field and what is wrong with it, never the value that was sent.",
)
BAD_REQUEST: Final = FrameworkProblem(
    "bad-request",
    "Request can't be read",
    HTTPStatus.BAD_REQUEST,
    "This request can't be read. Reload the page and try again.",
    "The request's first line, a header or the encoding of its text is malformed or too long.",
)
METHOD_NOT_ALLOWED: Final = FrameworkProblem(
    "method-not-allowed",
    "Not possible at this address",
    HTTPStatus.METHOD_NOT_ALLOWED,
    "This address can't be used in this way. Start ClinicPro Images from Evolution.",
    "The path exists, but not with this HTTP method; /openapi.json lists every call.",
)
FRAMEWORK_PROBLEMS: Final[Mapping[str, FrameworkProblem]] = {
    each.slug: each for each in (INVALID_REQUEST, BAD_REQUEST, METHOD_NOT_ALLOWED)
}
NO_SUCH_ADDRESS: Final = FrameworkProblem(
    "not-found",
    "Nothing at this address",
    HTTPStatus.NOT_FOUND,
    "This page does not exist. Start ClinicPro Images from Evolution.",
)
"""Beside the error tree's own `not-found`, which explains the slug."""
