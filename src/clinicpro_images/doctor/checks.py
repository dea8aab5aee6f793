"""The checks of the doctor: each examines one step of the connection to Medtech and returns a result."""

import asyncio
import errno
import ipaddress
import ssl
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Literal
from urllib.parse import urlsplit

from nhi import is_nhi

from clinicpro_images.records.alex.client import AlexClient
from clinicpro_images.records.alex.connectivity import connect_tcp, connect_tls, resolve_host
from clinicpro_images.records.alex.roles import holds, roles_needed, roles_useful
from clinicpro_images.records.errors import (
    FacilityUnknown,
    PracticeOffline,
    PracticeTimeout,
    RecordSystemError,
    RecordSystemForbidden,
    RecordSystemUnauthorized,
    TokenUnavailable,
)
from clinicpro_images.schemas import Schema
from clinicpro_images.settings.parsers import is_loopback
from clinicpro_images.settings.settings import Settings

CheckState = Literal["ok", "failed", "skipped", "warning"]
CHECKS = ("configuration", "DNS", "TCP", "TLS", "token", "roles", "facility", "patient")

YOU = "You, in the settings of this installation"
CALLER = "You, on the command line"
NETWORK = "Your network administrator"
MEDTECH = "Medtech (ALEX support)"
PRACTICE = "The practice"

_DNS_SECONDS = 10.0
_LONGEST_CALL = 90.0


class CheckResult(Schema):
    """What one check found; `why` and `who_must_fix` are empty if nothing is wrong."""

    check: str
    state: CheckState
    what: str
    why: str = ""
    who_must_fix: str = ""


def passed(check: str, what: str) -> CheckResult:
    """Return the result of a check that found nothing wrong."""
    return CheckResult(check=check, state="ok", what=what)


def skipped(check: str, what: str) -> CheckResult:
    """Return the result of a check that wasn't made."""
    return CheckResult(check=check, state="skipped", what=what)


def warned(check: str, what: str, why: str, who_must_fix: str) -> CheckResult:
    """Return the result of a check that found something wrong that doesn't prevent filing."""
    return CheckResult(check=check, state="warning", what=what, why=why, who_must_fix=who_must_fix)


def failed(check: str, what: str, why: str, who_must_fix: str) -> CheckResult:
    """Return the result of a check that failed."""
    return CheckResult(check=check, state="failed", what=what, why=why, who_must_fix=who_must_fix)


class ConnectionChecks:
    """The checks of one run."""

    def __init__(self, settings: Settings, alex: AlexClient, nhi: str | None) -> None:
        """`nhi` is the patient to look up; None skips that check."""
        parts = urlsplit(settings.alex_base_url)
        self._settings = settings
        self._alex = alex
        self._nhi = nhi.strip().upper() if nhi else None
        self._secure = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if self._secure else 80)
        self._correlation_id = str(uuid.uuid4())

    def in_order(self) -> tuple[Callable[[], Awaitable[CheckResult]], ...]:
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

    async def configuration(self) -> CheckResult:
        """Check what can be checked without a connection; a wrong setting has been refused already."""
        settings = self._settings
        problems = []
        if settings.facility_id is None:
            problems.append("MEDTECH_FACILITY_ID is not set, so the practice can't be checked")
        if settings.secret_key is None:
            problems.append("CLINICPRO_SECRET_KEY is not set, and `clinicpro serve` needs it")
        if is_loopback(urlsplit(settings.public_url).hostname or "") and settings.environment != "sandbox":
            problems.append("CLINICPRO_PUBLIC_URL is this machine only, so no phone can reach it")
        credential = "a secret" if settings.client_secret else "a certificate"
        what = (
            f"{settings.environment} at {self._host}, using {credential}, filing to {settings.commit_target}."
        )
        if problems:
            return warned("configuration", what, f"{'; '.join(problems)}.", YOU)
        return passed("configuration", what)

    async def dns(self) -> CheckResult:
        """Resolve the host's name."""
        if _is_address(self._host):
            return passed("DNS", f"{self._host} is an address, so there is no name to look up.")
        try:
            addresses = await resolve_host(self._host, self._port, seconds=_DNS_SECONDS)
        except (OSError, UnicodeError) as error:
            late = isinstance(error, TimeoutError)
            why = "No name server answers." if late else "Unknown name. Check MEDTECH_API_BASE_URL, then DNS."
            return failed("DNS", f"{self._host} has no address.", why, NETWORK if late else YOU)
        return passed("DNS", f"{self._host} is {', '.join(addresses[:4])}.")

    async def tcp(self) -> CheckResult:
        """Open a TCP connection; if nothing answers, try the token endpoint to find out why."""
        seconds = self._settings.alex_connect_timeout
        where = f"{self._host} port {self._port}"
        try:
            await connect_tcp(self._host, self._port, seconds=seconds)
        except OSError as error:  # TimeoutError is one too
            if isinstance(error, TimeoutError) or error.errno == errno.ETIMEDOUT:
                return await self._tcp_silence(f"{where} does not answer within {seconds:g} s.")
            refused = isinstance(error, ConnectionRefusedError)
            why = (
                "Nothing is listening on that port. Check MEDTECH_API_BASE_URL."
                if refused
                else "There is no route to it from this server."
            )
            return failed("TCP", f"No connection to {where}.", why, YOU if refused else NETWORK)
        return passed("TCP", f"{where} accepts connections.")

    async def _tcp_silence(self, what: str) -> CheckResult:
        if await self._alex.tokens.endpoint_answers():
            why = (
                "The token endpoint does answer, so this server can reach the internet. Most likely its public address is not "
                f"on Medtech's allow-list; a firewall rule here for {self._host} looks the same. Send ALEX support the public "
                "address of this server."
            )
            return failed(
                "TCP",
                what,
                why,
                f"{MEDTECH}; if the address is on the list, {NETWORK[0].lower()}{NETWORK[1:]}",
            )
        why = "The token endpoint doesn't answer either, so this server can't reach the internet: a firewall drops its connections."
        return failed("TCP", what, why, NETWORK)

    async def tls(self) -> CheckResult:
        """Complete a TLS handshake."""
        if not self._secure:
            return skipped("TLS", "Not used: plain http on this machine.")
        try:
            await connect_tls(self._host, self._port, seconds=self._settings.alex_connect_timeout)
        except ssl.SSLCertVerificationError as error:
            reason = error.verify_message.rstrip(".")
            why = f"{reason}. Check this server's clock, its certificates, and any firewall that intercepts TLS."
            return failed("TLS", "This server doesn't trust ALEX's certificate.", why, NETWORK)
        except OSError:  # ssl.SSLError and TimeoutError are two
            why = "The server that answers doesn't use TLS. Check MEDTECH_API_BASE_URL, then the firewall."
            return failed("TLS", "The TLS handshake failed.", why, NETWORK)
        return passed("TLS", "The certificate is valid and trusted.")

    async def token(self) -> CheckResult:
        """Fetch a token."""
        started = time.perf_counter()
        try:
            await self._alex.tokens.token()
        except RecordSystemError as error:
            late = isinstance(error, TokenUnavailable)
            what = (
                "The token endpoint can't be reached."
                if late
                else "The token endpoint refused the credentials."
            )
            return failed("token", what, error.integrator, NETWORK if late else YOU)
        milliseconds = round((time.perf_counter() - started) * 1000)
        return passed("token", f"A token was issued in {milliseconds} ms.")

    async def roles(self) -> CheckResult:
        """Compare the token's roles with those that launching, and filing to the configured target, require."""
        held = (await self._alex.tokens.token()).roles
        target = self._settings.commit_target
        if not held:
            why = "The token contains no roles. Ask ALEX support which roles the vendor profile has."
            return warned("roles", "The token's roles can't be seen.", why, MEDTECH)
        missing = [role for role in roles_needed(target) if not holds(held, role)]
        if missing:
            why = f"To launch, and to file to {target}, ALEX support must add to the vendor profile: {', '.join(missing)}."
            return failed("roles", f"{_count(missing)} missing from the token.", why, MEDTECH)
        absent = [f"{use} ({role})" for role, use in roles_useful(target).items() if not holds(held, role)]
        if absent:
            why = f"Not possible until ALEX support adds the role: {'; '.join(absent)}."
            return warned("roles", f"Filing to {target} is allowed.", why, MEDTECH)
        return passed("roles", f"The token has every role for filing to {target}, and for earlier photos.")

    async def facility(self) -> CheckResult:
        """Read the practice's name."""
        facility_id = self._settings.facility_id
        if facility_id is None:
            why = "Set MEDTECH_FACILITY_ID to the practice's HPI facility id, such as F2N060-E."
            return failed("facility", "No practice is configured.", why, YOU)
        try:
            async with asyncio.timeout(_LONGEST_CALL):
                places = await self._alex.locations(
                    facility_id=facility_id, correlation_id=self._correlation_id
                )
        except RecordSystemForbidden as error:
            return warned("facility", "The practice's name can't be read.", error.integrator, MEDTECH)
        except (RecordSystemError, TimeoutError) as error:
            return self._call_failed("facility", f"ALEX does not serve {facility_id}.", error)
        names = sorted({place.name for place in places if place.name})
        versions = sorted({place.pms_version for place in places if place.pms_version})
        version = f", Medtech version {', '.join(versions)}" if versions else ""
        return passed("facility", f"{facility_id} is {', '.join(names[:3]) or 'known to ALEX'}{version}.")

    async def patient(self) -> CheckResult:
        """Look a patient up by NHI; no name is shown, because reports are shared."""
        test_values = self._settings.environment != "production"
        if self._nhi is None:
            return skipped("patient", "No NHI given; add --nhi.")
        if not test_values and self._nhi.startswith("Z"):
            return skipped("patient", "Production has no test patients; give a real NHI with --nhi.")
        if not is_nhi(self._nhi, allow_test_values=test_values):
            return failed("patient", "This is not an NHI.", "Its check character is wrong.", CALLER)
        return await self._records_of(self._nhi)

    async def _records_of(self, nhi: str) -> CheckResult:
        facility_id = self._settings.facility_id or ""
        try:
            async with asyncio.timeout(_LONGEST_CALL):
                found = await self._alex.patients_by_nhi(
                    nhi, facility_id=facility_id, correlation_id=self._correlation_id
                )
        except (RecordSystemError, TimeoutError) as error:
            return self._call_failed("patient", "The patient can't be looked up.", error)
        if not found:
            why = "The practice has no patient with this NHI. Give another with --nhi."
            return failed("patient", "No record has this NHI.", why, CALLER)
        if len(found) > 1:
            why = (
                "A launch goes on with the record that Evolution has open, and a person who types the NHI chooses one; "
                "clinicpro commit refuses it until the practice merges them."
            )
            return warned("patient", f"{len(found)} records have this NHI.", why, PRACTICE)
        return passed("patient", "One record has this NHI.")

    def _call_failed(self, check: str, what: str, error: RecordSystemError | TimeoutError) -> CheckResult:
        if not isinstance(error, RecordSystemError):
            return failed(check, what, f"ALEX did not answer within {_LONGEST_CALL:.0f} s.", MEDTECH)
        who = MEDTECH
        if isinstance(error, PracticeOffline | PracticeTimeout):
            who = PRACTICE
        elif isinstance(error, FacilityUnknown | RecordSystemUnauthorized):
            who = f"{YOU}; if the setting is right, {MEDTECH}"
        why = f"{error.title}. {error.integrator} Correlation id for support: {self._correlation_id}."
        return failed(check, what, why, who)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _count(roles: list[str]) -> str:
    return "1 role is" if len(roles) == 1 else f"{len(roles)} roles are"
