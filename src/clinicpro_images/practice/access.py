"""Who may see the practice's page: an operator with a bearer token, or an account with the practice's role."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi import Request

from clinicpro_images.errors import NotFound
from clinicpro_images.sign_in.dependencies import SignInDependencies
from clinicpro_images.sign_in.errors import NotSignedIn, SignInClosed


@dataclass(frozen=True)
class Viewer:
    """Who looks, and at which practice: None is all of them. `account` signed in; empty for a bearer token."""

    facility_id: str | None
    account: str = ""
    name: str = ""


class PracticeAccess:
    """A FastAPI dependency that returns the Viewer.

    Raises what the operators' access raises for a bearer token, and NotSignedIn or PracticeNotAllowed for an account.
    """

    def __init__(
        self,
        *,
        operator: Callable[[Request], Awaitable[None]],
        operator_limit: Callable[[Request], Awaitable[None]],
        sign_in: SignInDependencies,
        facility_id: str | None,
    ) -> None:
        """An account sees `facility_id` only, an operator every practice, or the one named in the query."""
        self._operator = operator
        self._operator_limit = operator_limit
        self._sign_in = sign_in
        self._facility_id = facility_id

    async def __call__(self, request: Request) -> Viewer:
        """Check the caller."""
        asked = request.query_params.get("facility", "").upper() or None
        if "authorization" in request.headers:
            await self._operator_limit(request)
            return await self._as_operator(request, asked)
        try:
            signed_in = await self._sign_in.practice(request)
        except SignInClosed:
            # Nobody can sign in here, so say what an operator needs.
            return await self._as_operator(request, asked)
        if asked not in {None, self._facility_id}:
            raise NotFound("This isn't the practice that you signed in for. Open the practice's page again.")
        return Viewer(self._facility_id, signed_in.account, signed_in.name)

    async def page(self, request: Request) -> Viewer | None:
        """Return the Viewer of the page; None if a person at a browser should sign in first."""
        try:
            return await self(request)
        except NotSignedIn:
            if "text/html" in request.headers.get("accept", ""):
                return None
            raise

    async def _as_operator(self, request: Request, asked: str | None) -> Viewer:
        await self._operator(request)
        if request.method == "GET":
            # Watching a page of numbers is not recorded, as a scrape of the metrics isn't.
            request.state.admin = ""
        return Viewer(asked)
