"""The single checks of the doctor: each looks at one step of the way to Medtech and says what it found."""

import asyncio
import errno
import ssl
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from nhi import is_nhi

from clinicpro_images.records.alex.client import AlexClient
from clinicpro_images.records.alex.connectivity import connect_tcp, find_addresses, shake_hands
from clinicpro_images.records.alex.roles import holds, roles_needed, roles_useful
from clinicpro_images.records.errors import (
    AlexError,
    AlexForbidden,
    AlexUnauthorized,
    FacilityUnknown,
    PracticeOffline,
    PracticeTimeout,
    TokenUnavailable,
)
from clinicpro_images.settings.parsers import is_loopback
from clinicpro_images.settings.settings import Settings

State = Literal["ok", "failed", "skipped", "warning"]
CHECKS = ("configuration", "DNS", "TCP", "TLS", "token", "roles", "facility", "patient")

YOU = "You, in the settings of this installation"
NETWORK = "Whoever looks after this server's network"
MEDTECH = "Medtech (ALEX support)"
PRACTICE = "The practice"

_DNS_SECONDS = 10.0
_LONGEST_CALL = 90.0


@dataclass(frozen=True)
class Finding:
    """What one check found; `why` and `who_must_fix` are empty where all is well."""

    check: str
    state: State
    what: str
    why: str = ""
    who_must_fix: str = ""

    def to_json(self) -> dict[str, str]:
        """Return it for `--json`, in camelCase."""
        return {
            "check": self.check,
            "state": self.state,
            "what": self.what,
            "why": self.why,
            "whoMustFix": self.who_must_fix,
        }


class Examination:
    """The checks of one run, in the order of CHECKS."""

    def __init__(self, settings: Settings, alex: AlexClient, nhi: str | None) -> None:
        """`nhi` is the patient to look for; None skips that check."""
        parts = urlsplit(settings.alex_base_url)
        self._settings = settings
        self._alex = alex
        self._nhi = nhi.strip().upper() if nhi else None
        self._secure = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if self._secure else 80)
        self._correlation_id = str(uuid.uuid4())

    def checks(self) -> tuple[Callable[[], Awaitable[Finding]], ...]:
        """Return one check for each name in CHECKS."""
        return (
            self.configuration,
            self.dns,
            self.tcp,
            self.tls,
            self.token,
            self.roles,
            self.facility,
            self.patient,
        )

    async def configuration(self) -> Finding:
        """Check what can be said without asking anybody; a wrong setting has been refused before."""
        settings = self._settings
        lacking = []
        if settings.facility_id is None:
            lacking.append("MEDTECH_FACILITY_ID is not set, so the practice can't be checked")
        if settings.secret_key is None:
            lacking.append("CLINICPRO_SECRET_KEY is not set, and `clinicpro serve` needs it")
        if is_loopback(urlsplit(settings.public_url).hostname or "") and settings.environment != "sandbox":
            lacking.append("CLINICPRO_PUBLIC_URL is this machine only, so no phone can reach it")
        proof = "a secret" if settings.client_secret else "a certificate"
        what = f"{settings.environment} at {self._host}, signing in with {proof}, filing to {settings.commit_target}."
        return Finding(
            "configuration",
            "warning" if lacking else "ok",
            what,
            f"{'; '.join(lacking)}." if lacking else "",
            YOU if lacking else "",
        )

    async def dns(self) -> Finding:
        """Look the host's name up."""
        try:
            addresses = await find_addresses(self._host, self._port, seconds=_DNS_SECONDS)
        except (OSError, UnicodeError) as error:
            late = isinstance(error, TimeoutError)
            why = (
                "No name server answers."
                if late
                else "The name is not known. Check MEDTECH_API_BASE_URL, then DNS."
            )
            return Finding("DNS", "failed", f"{self._host} has no address.", why, NETWORK if late else YOU)
        return Finding("DNS", "ok", f"{self._host} is {', '.join(addresses[:4])}.")

    async def tcp(self) -> Finding:
        """Open a TCP connection, and where nobody answers ask the token endpoint to find out why."""
        seconds = self._settings.alex_connect_timeout
        where = f"{self._host} port {self._port}"
        try:
            await connect_tcp(self._host, self._port, seconds=seconds)
        except OSError as error:  # TimeoutError is one too
            if isinstance(error, TimeoutError) or error.errno == errno.ETIMEDOUT:
                return await self._tcp_silence(f"{where} does not answer within {seconds:g} s.")
            refused = isinstance(error, ConnectionRefusedError)
            why = (
                "Nothing listens there. Check MEDTECH_API_BASE_URL."
                if refused
                else "There is no route to it from here."
            )
            return Finding("TCP", "failed", f"No connection to {where}.", why, YOU if refused else NETWORK)
        return Finding("TCP", "ok", f"{where} accepts connections.")

    async def _tcp_silence(self, what: str) -> Finding:
        if await self._alex.tokens.endpoint_answers():
            why = (
                "The token endpoint does answer, so this server has a way out: its public address is not on Medtech's "
                "allow-list. Send ALEX support the address that this server calls from."
            )
            return Finding("TCP", "failed", what, why, MEDTECH)
        why = "The token endpoint does not answer either, so this server has no way out: a firewall drops its connections."
        return Finding("TCP", "failed", what, why, NETWORK)

    async def tls(self) -> Finding:
        """Complete a TLS handshake."""
        if not self._secure:
            return Finding("TLS", "skipped", "Not used: plain http on this machine itself.")
        try:
            await shake_hands(self._host, self._port, seconds=self._settings.alex_connect_timeout)
        except ssl.SSLCertVerificationError as error:
            said = error.verify_message.rstrip(".")
            why = f"{said}. Check this server's clock, its certificates, and any firewall that opens TLS."
            return Finding("TLS", "failed", "The server's certificate is not trusted here.", why, NETWORK)
        except OSError:  # ssl.SSLError and TimeoutError are two
            why = "Whatever answers there does not speak TLS. Check MEDTECH_API_BASE_URL, then the firewall."
            return Finding("TLS", "failed", "The TLS handshake fails.", why, NETWORK)
        return Finding("TLS", "ok", "The certificate is valid and trusted.")

    async def token(self) -> Finding:
        """Fetch a token."""
        started = time.perf_counter()
        try:
            await self._alex.tokens.token()
        except AlexError as error:
            late = isinstance(error, TokenUnavailable)
            what = (
                "The sign-in service can't be reached."
                if late
                else "The sign-in service refuses this installation."
            )
            return Finding("token", "failed", what, error.integrator, NETWORK if late else YOU)
        milliseconds = round((time.perf_counter() - started) * 1000)
        return Finding("token", "ok", f"A token was issued in {milliseconds} ms.")

    async def roles(self) -> Finding:
        """Compare the token's roles with what launching and filing to the configured target need."""
        held = (await self._alex.tokens.token()).roles
        target = self._settings.commit_target
        if not held:
            why = "The token names no roles. Ask ALEX support which roles the vendor profile has."
            return Finding("roles", "warning", "The token's roles can't be seen.", why, MEDTECH)
        missing = [role for role in roles_needed(target) if not holds(held, role)]
        if missing:
            why = f"To launch and to file to {target}, ALEX support must add to the vendor profile: {', '.join(missing)}."
            return Finding("roles", "failed", f"{_count(missing)} missing from the token.", why, MEDTECH)
        unhelpful = [role for role in roles_useful(target) if not holds(held, role)]
        if unhelpful:
            why = f"Names, or looking up a lost answer, will not work without: {', '.join(unhelpful)}."
            return Finding("roles", "warning", f"Filing to {target} is allowed.", why, MEDTECH)
        return Finding("roles", "ok", f"All roles for filing to {target} are there.")

    async def facility(self) -> Finding:
        """Ask for the practice's name."""
        facility_id = self._settings.facility_id
        if facility_id is None:
            why = "Set MEDTECH_FACILITY_ID to the practice's HPI facility id, such as F2N060-E."
            return Finding("facility", "failed", "No practice is named.", why, YOU)
        try:
            async with asyncio.timeout(_LONGEST_CALL):
                places = await self._alex.locations(
                    facility_id=facility_id, correlation_id=self._correlation_id
                )
        except AlexForbidden as error:
            return Finding(
                "facility", "warning", "The practice's name can't be read.", error.integrator, MEDTECH
            )
        except (AlexError, TimeoutError) as error:
            return self._trouble("facility", f"ALEX does not serve {facility_id}.", error)
        names = sorted({place.name for place in places if place.name})
        return Finding("facility", "ok", f"{facility_id} is {', '.join(names[:3]) or 'known to ALEX'}.")

    async def patient(self) -> Finding:
        """Look for a patient by NHI; no name is shown, since reports of this are sent around."""
        testing = self._settings.environment != "production"
        if self._nhi is None:
            return Finding("patient", "skipped", "No NHI to look for; name one with --nhi.")
        if not testing and self._nhi.startswith("Z"):
            return Finding(
                "patient", "skipped", "Production has no test patients; name a real NHI with --nhi."
            )
        if not is_nhi(self._nhi, allow_test_values=testing):
            return Finding(
                "patient", "failed", "This is not an NHI.", "Its check character does not fit.", YOU
            )
        return await self._records_of(self._nhi)

    async def _records_of(self, nhi: str) -> Finding:
        facility_id = self._settings.facility_id or ""
        try:
            async with asyncio.timeout(_LONGEST_CALL):
                found = await self._alex.patients_by_nhi(
                    nhi, facility_id=facility_id, correlation_id=self._correlation_id
                )
        except (AlexError, TimeoutError) as error:
            return self._trouble("patient", "The patient can't be looked for.", error)
        if not found:
            why = "The practice has no patient with this NHI. Name another with --nhi."
            return Finding("patient", "failed", "No record has this NHI.", why, YOU)
        if len(found) > 1:
            why = "ClinicPro Images refuses to launch for this patient until the practice merges the records."
            return Finding("patient", "warning", f"{len(found)} records have this NHI.", why, PRACTICE)
        return Finding("patient", "ok", "One record has this NHI.")

    def _trouble(self, check: str, what: str, error: AlexError | TimeoutError) -> Finding:
        if not isinstance(error, AlexError):
            return Finding(
                check, "failed", what, f"ALEX did not answer within {_LONGEST_CALL:.0f} s.", MEDTECH
            )
        whose = MEDTECH
        if isinstance(error, PracticeOffline | PracticeTimeout):
            whose = PRACTICE
        elif isinstance(error, FacilityUnknown | AlexUnauthorized):
            whose = f"{YOU}; if the setting is right, {MEDTECH}"
        why = f"{error.title}. {error.integrator} Correlation id for support: {self._correlation_id}."
        return Finding(check, "failed", what, why, whose)


def _count(roles: list[str]) -> str:
    return "1 role is" if len(roles) == 1 else f"{len(roles)} roles are"
