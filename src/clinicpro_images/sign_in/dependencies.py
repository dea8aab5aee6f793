"""The cookies of a sign-in, and the FastAPI dependencies that find who is signed in."""

from dataclasses import dataclass

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from clinicpro_images.sign_in.errors import NotSignedIn, PracticeNotAllowed, SignInClosed, SignInNotAllowed
from clinicpro_images.sign_in.flow import SignInFlow
from clinicpro_images.sign_in.patient_search import PatientSearch
from clinicpro_images.sign_in.state_tokens import (
    ATTEMPT_SECONDS,
    SIGNED_IN_SECONDS,
    TYPED_SECONDS,
    SignedIn,
    StateTokens,
)
from clinicpro_images.web.cookies import Cookie


@dataclass(frozen=True)
class SignInParts:
    """What signing in needs, if it is configured."""

    sign_in_flow: SignInFlow
    search: PatientSearch
    state_tokens: StateTokens
    may_keep: bool = False  # a sign-in for the day, on a phone


class SignInCookies:
    """The cookies of a sign-in: the attempt and the sign-in itself, which hold encrypted state tokens, and a mark."""

    def __init__(self, *, secure: bool) -> None:
        """`secure`: the public URL is https."""
        self.attempt = Cookie("clinicpro_signing_in", secure=secure, max_age=ATTEMPT_SECONDS)
        # Set when somebody has signed out: the next person at a shared desktop must not be them.
        self.signed_out = Cookie("clinicpro_signed_out", secure=secure, max_age=86_400)
        self.typed = Cookie("clinicpro_typed", secure=secure, max_age=TYPED_SECONDS)
        self.signed_in = Cookie("clinicpro_sign_in", secure=secure, max_age=SIGNED_IN_SECONDS)


class SignInDependencies:
    """Finds who is signed in; raises SignInClosed unless sign-in is configured. Its methods are FastAPI dependencies."""

    def __init__(self, parts: SignInParts | None, cookies: SignInCookies) -> None:
        """Without `parts`, sign-in is not configured."""
        self._parts = parts
        self.cookies = cookies

    async def parts(self) -> SignInParts:
        """Return the parts of signing in; raises SignInClosed."""
        if self._parts is None:
            raise SignInClosed
        return self._parts

    async def optional(self, request: Request) -> SignedIn | None:
        """Return who is signed in, or None; raises SignInClosed."""
        parts = await self.parts()
        signed_in = await parts.sign_in_flow.signed_in(self.cookies.signed_in.read(request))
        request.state.account = signed_in.account if signed_in else ""  # for the audit trail
        return signed_in

    async def required(self, request: Request) -> SignedIn:
        """Return who is signed in; raises NotSignedIn, SignInClosed."""
        signed_in = await self.optional(request)
        if signed_in is None:
            raise NotSignedIn
        if not signed_in.clinician:
            raise SignInNotAllowed
        return signed_in

    async def practice(self, request: Request) -> SignedIn:
        """Return who is signed in and may see the practice's page; raises NotSignedIn, PracticeNotAllowed, SignInClosed."""
        signed_in = await self.optional(request)
        if signed_in is None:
            raise NotSignedIn
        if not signed_in.practice:
            raise PracticeNotAllowed
        return signed_in


def is_phone(request: Request) -> bool:
    """Whether the browser says that it is on a phone, so that it gets the phone's page."""
    if (hint := request.headers.get("sec-ch-ua-mobile")) is not None:
        return hint == "?1"
    return "Mobi" in request.headers.get("user-agent", "")


def redirect_to(address: str) -> Response:
    """Return a redirect that browsers don't cache."""
    return RedirectResponse(address, status_code=303, headers={"cache-control": "no-store"})


def remember(response: Response, parts: SignInParts, cookies: SignInCookies, signed_in: SignedIn) -> Response:
    """Return the response with this sign-in's cookie, which the browser keeps as long as it lasts."""
    token, max_age = parts.state_tokens.encrypt(signed_in), signed_in.until - parts.state_tokens.clock()
    response.headers.append("set-cookie", cookies.signed_in.set(token, max_age=max_age))
    return response
