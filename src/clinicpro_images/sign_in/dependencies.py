"""Who stands at the door: the cookies of a sign-in, and the sign-in that a request brings."""

from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import parse_qs

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from clinicpro_images.sign_in.errors import NotSignedIn, SignInClosed
from clinicpro_images.sign_in.flow import SignInFlow
from clinicpro_images.sign_in.patient_search import PatientSearch
from clinicpro_images.sign_in.state_tokens import SignedIn, StateTokens


@dataclass(frozen=True)
class SignInParts:
    """What signing in is made of, where it is configured."""

    sign_in_flow: SignInFlow
    search: PatientSearch
    notes: StateTokens


class SignInCookies:
    """The two cookies of a sign-in: the attempt, and the sign-in itself. Both hold sealed notes."""

    def __init__(self, *, secure: bool) -> None:
        """`secure`: the public URL is https."""
        self._secure = secure
        prefix = "__Host-" if secure else ""
        self.attempt = f"{prefix}clinicpro_signing_in"
        self.signed_in = f"{prefix}clinicpro_sign_in"

    def put(self, response: Response, name: str, value: str, seconds: float) -> None:
        """Have the browser keep a note for so long; 0 forgets it."""
        jar = SimpleCookie({name: value})
        morsel = jar[name]
        morsel["path"] = "/"
        morsel["httponly"] = True
        morsel["secure"] = self._secure
        # Lax, because the provider's answer comes as a link from its site.
        morsel["samesite"] = "Lax"
        morsel["max-age"] = int(seconds)
        response.headers.append("set-cookie", morsel.OutputString())


class SignInDependencies:
    """Closed where no sign-in is configured. Its methods are FastAPI dependencies."""

    def __init__(self, parts: SignInParts | None, cookies: SignInCookies) -> None:
        """Without `parts` it is closed."""
        self._parts = parts
        self.cookies = cookies

    async def parts(self) -> SignInParts:
        """Return what signing in is made of; raises SignInClosed."""
        if self._parts is None:
            raise SignInClosed
        return self._parts

    async def anybody(self, request: Request) -> SignedIn | None:
        """Return who is signed in, or None; raises SignInClosed."""
        parts = await self.parts()
        signed_in = await parts.sign_in_flow.who(request.cookies.get(self.cookies.signed_in))
        request.state.account = signed_in.account if signed_in else ""  # for the audit trail
        return signed_in

    async def somebody(self, request: Request) -> SignedIn:
        """Return who is signed in; raises NotSignedIn, SignInClosed."""
        signed_in = await self.anybody(request)
        if signed_in is None:
            raise NotSignedIn
        return signed_in


class FormBody:
    """What a page of ours sent."""

    def __init__(self, body: bytes) -> None:
        """Read it by hand: urlencoded needs no parser of multipart bodies."""
        self._fields = parse_qs(body.decode("ascii", "replace"))

    def __call__(self, name: str) -> str:
        """Return a field, or nothing."""
        return self._fields.get(name, [""])[0]


def lead_to(address: str) -> Response:
    """Return the way to another page, which no browser keeps."""
    return RedirectResponse(address, status_code=303, headers={"cache-control": "no-store"})
