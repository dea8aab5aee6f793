"""The settings: read once, from a mapping, checked at once, never changed afterwards."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from clinicpro_images.settings.reader import CommitTarget, Network, Reader, SettingsError, is_loopback
from clinicpro_images.settings.sign_in import SignInSettings

Environment = Literal["uat", "production", "sandbox"]
Need = Literal["credentials", "secret_key", "facility_id", "admin_token"]

UAT_API_BASE_URL = "https://alexapiuat.medtechglobal.com/FHIR"
UAT_TENANT_ID = "8a024e99-aba3-4b25-b875-28b0c0ca6096"
UAT_CLIENT_ID = "7685ade3-f1ae-4e86-a398-fe7809c0fed1"
UAT_API_SCOPE = "api://bf7945a6-e812-4121-898a-76fea7c13f4d/.default"

_DAY = 86_400.0


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the environment says, checked. Times are seconds; URLs have no trailing slash; secrets stay out of repr."""

    alex_base_url: str
    tenant_id: str
    client_id: str
    api_scope: str
    client_secret: str | None = field(repr=False)
    client_certificate: str | None = field(repr=False)
    token_url: str
    launch_url: str
    facility_id: str | None
    public_url: str
    database_url: str = field(repr=False)  # may carry a password
    storage_url: str
    storage_options: tuple[tuple[str, str], ...] = field(repr=False)  # AWS_ variables, a secret among them
    traces_endpoint: str | None
    data_dir: Path
    secret_key: str | None = field(repr=False)
    old_secret_keys: tuple[str, ...] = field(repr=False)
    admin_token: str | None = field(repr=False)
    admin_issuer: str | None
    admin_audience: str | None
    admin_subjects: frozenset[str]
    admin_claim: tuple[str, str]
    sign_in: SignInSettings
    commit_target: CommitTarget
    frame_ancestors: str
    examples: bool
    alex_connect_timeout: float
    alex_read_timeout: float
    retry_first_wait: float
    retry_longest_wait: float
    retry_ceiling: float
    reconcile_after: float
    lease: float
    facility_at_once: int
    facility_rate: float | None
    image_workers: int
    trusted_proxies: tuple[Network, ...]
    launches_per_minute: float
    claims_per_minute: float
    uploads_per_minute: float
    admin_per_minute: float
    sign_ins_per_minute: float

    @classmethod
    def read(cls, environ: Mapping[str, str], *, require: Collection[Need] = ()) -> "Settings":
        """Read and check every variable; `require` names what this command can't do without.

        Empty counts as unset. Raises SettingsError for the first variable that is wrong or missing.
        """
        reader = Reader(environ)
        alex_base_url = reader.url("MEDTECH_API_BASE_URL", UAT_API_BASE_URL)
        tenant_id = reader.identifier("MEDTECH_TENANT_ID", UAT_TENANT_ID)
        data_dir = reader.folder("CLINICPRO_DATA_DIR", _usual_folder)
        settings = cls(
            alex_base_url=alex_base_url,
            tenant_id=tenant_id,
            client_id=reader.identifier("MEDTECH_CLIENT_ID", UAT_CLIENT_ID),
            api_scope=reader.word("MEDTECH_API_SCOPE", UAT_API_SCOPE),
            client_secret=reader.text("MEDTECH_CLIENT_SECRET"),
            client_certificate=reader.certificate("MEDTECH_CLIENT_CERTIFICATE"),
            token_url=reader.url(
                "MEDTECH_TOKEN_URL", f"https://login.microsoftonline.com/{tenant_id}/oauth2/v2.0/token"
            ),
            launch_url=reader.url(
                "MEDTECH_LAUNCH_URL", f"{alex_base_url}/vendorforms/api/getlaunchcontextstring"
            ),
            facility_id=reader.facility("MEDTECH_FACILITY_ID"),
            public_url=reader.origin("CLINICPRO_PUBLIC_URL", "http://localhost:8000"),
            database_url=reader.database("CLINICPRO_DATABASE_URL", data_dir / "clinicpro.db"),
            storage_url=reader.storage("CLINICPRO_STORAGE_URL", data_dir / "pictures"),
            storage_options=_storage_options(reader),
            traces_endpoint=reader.optional_url("OTEL_EXPORTER_OTLP_ENDPOINT"),
            data_dir=data_dir,
            secret_key=reader.secret("CLINICPRO_SECRET_KEY"),
            old_secret_keys=reader.secrets("CLINICPRO_OLD_SECRET_KEYS"),
            admin_token=reader.secret("CLINICPRO_ADMIN_TOKEN"),
            admin_issuer=reader.issuer("CLINICPRO_ADMIN_ISSUER"),
            admin_audience=reader.text("CLINICPRO_ADMIN_AUDIENCE"),
            admin_subjects=reader.words("CLINICPRO_ADMIN_SUBJECTS"),
            admin_claim=reader.claim("CLINICPRO_ADMIN_CLAIM"),
            sign_in=SignInSettings.read(reader),
            commit_target=reader.target("CLINICPRO_COMMIT_TARGET", "scan"),
            frame_ancestors=reader.ancestors("CLINICPRO_FRAME_ANCESTORS", "'none'"),
            examples=reader.switch("CLINICPRO_EXAMPLES"),
            alex_connect_timeout=reader.seconds("CLINICPRO_ALEX_CONNECT_TIMEOUT", 10.0),
            alex_read_timeout=reader.seconds("CLINICPRO_ALEX_READ_TIMEOUT", 30.0),
            retry_first_wait=reader.seconds("CLINICPRO_RETRY_FIRST_WAIT", 1.0),
            retry_longest_wait=reader.seconds("CLINICPRO_RETRY_LONGEST_WAIT", 60.0),
            retry_ceiling=reader.seconds("CLINICPRO_RETRY_CEILING", 600.0, most=_DAY),
            reconcile_after=reader.seconds("CLINICPRO_SETTLING", 60.0, most=_DAY),
            lease=reader.seconds("CLINICPRO_LEASE", 10.0),
            facility_at_once=reader.count("CLINICPRO_FACILITY_AT_ONCE", 4),
            facility_rate=reader.rate("CLINICPRO_FACILITY_RATE", 10.0),
            image_workers=reader.count("CLINICPRO_PICTURE_WORKERS", 2),
            trusted_proxies=reader.networks("CLINICPRO_TRUSTED_PROXIES"),
            launches_per_minute=reader.per_minute("CLINICPRO_LAUNCHES_PER_MINUTE", 120.0),
            claims_per_minute=reader.per_minute("CLINICPRO_CLAIMS_PER_MINUTE", 300.0),
            uploads_per_minute=reader.per_minute("CLINICPRO_UPLOADS_PER_MINUTE", 1200.0),
            admin_per_minute=reader.per_minute("CLINICPRO_ADMIN_PER_MINUTE", 60.0),
            sign_ins_per_minute=reader.per_minute("CLINICPRO_SIGN_INS_PER_MINUTE", 60.0),
        )
        _check_settling(settings)
        if require:
            _check_admins(settings)
            settings.sign_in.check(facility_id=settings.facility_id)
        _check_credentials(settings, required="credentials" in require)
        for need, variable, purpose in _NEEDS:
            if need in require and not getattr(settings, need):
                raise SettingsError(variable, f"is not set; {purpose}.")
        return settings

    @property
    def alex_whole_timeout(self) -> float:
        """The longest that one call to ALEX can last, from its first byte to its outcome, in seconds."""
        return self.alex_connect_timeout + self.alex_read_timeout

    @property
    def environment(self) -> Environment:
        """Which ALEX this is: loopback is a sandbox, Medtech's UAT host is UAT, everything else is production.

        An unknown host counts as production, because that is the stricter reading.
        """
        host = urlsplit(self.alex_base_url).hostname or ""
        if is_loopback(host):
            return "sandbox"
        return "uat" if host == urlsplit(UAT_API_BASE_URL).hostname else "production"


_NEEDS: tuple[tuple[Need, str, str], ...] = (
    (
        "secret_key",
        "CLINICPRO_SECRET_KEY",
        "it signs cookies and encrypts pictures: set a random text of 32 characters",
    ),
    ("facility_id", "MEDTECH_FACILITY_ID", "set the practice's HPI facility id, such as F2N060-E"),
    (
        "admin_token",
        "CLINICPRO_ADMIN_TOKEN",
        "it opens the admin endpoints: set a random text of 32 characters",
    ),
)


def _storage_options(reader: Reader) -> tuple[tuple[str, str], ...]:
    """Read what an object store needs. Roles of machines and containers are found by its client itself."""
    found = {
        "AWS_ACCESS_KEY_ID": reader.text("AWS_ACCESS_KEY_ID"),
        "AWS_SECRET_ACCESS_KEY": reader.text("AWS_SECRET_ACCESS_KEY"),
        "AWS_SESSION_TOKEN": reader.text("AWS_SESSION_TOKEN"),
        "AWS_REGION": reader.text("AWS_REGION"),
        "AWS_ENDPOINT_URL": reader.optional_url("AWS_ENDPOINT_URL"),
    }
    return tuple((name, value) for name, value in found.items() if value is not None)


def _check_credentials(settings: Settings, *, required: bool) -> None:
    if settings.client_secret and settings.client_certificate:
        raise SettingsError(
            "MEDTECH_CLIENT_CERTIFICATE",
            "is set together with MEDTECH_CLIENT_SECRET; keep exactly one of them.",
        )
    if required and not (settings.client_secret or settings.client_certificate):
        raise SettingsError(
            "MEDTECH_CLIENT_SECRET",
            "is not set, nor is MEDTECH_CLIENT_CERTIFICATE; Medtech needs one of them.",
        )


def _check_admins(settings: Settings) -> None:
    """Refuse an issuer of which every token, for whatever purpose and whomever, would let in."""
    if settings.admin_issuer is None:
        return
    if settings.admin_audience is None:
        raise SettingsError(
            "CLINICPRO_ADMIN_AUDIENCE", "is not set, and CLINICPRO_ADMIN_ISSUER is; name whom tokens are for."
        )
    if not settings.admin_subjects and not settings.admin_claim[0]:
        raise SettingsError(
            "CLINICPRO_ADMIN_SUBJECTS",
            "is not set, nor is CLINICPRO_ADMIN_CLAIM; with CLINICPRO_ADMIN_ISSUER one of them says who may in.",
        )


def _check_settling(settings: Settings) -> None:
    """Refuse a settling time within which a write could still be under way.

    A write whose answer got lost is looked for, and written again when it is not there after the settling time. A
    call that is still in flight then, held by a process that lost its lease or stuck on the way to ALEX, could land
    after the look, and the picture would be in the record twice. A worker may begin to send up to one lease after the
    time it wrote down for it (Worker checks that), so a call is over a lease and its own longest time after that.
    """
    least = settings.alex_whole_timeout + settings.lease
    if settings.reconcile_after < least:
        raise SettingsError(
            "CLINICPRO_SETTLING",
            f"must be at least {least:g} seconds, which is CLINICPRO_ALEX_CONNECT_TIMEOUT, CLINICPRO_ALEX_READ_TIMEOUT "
            "and CLINICPRO_LEASE together: what is still on its way to ALEX must not be written again.",
        )


def _usual_folder() -> Path:
    import platformdirs  # noqa: PLC0415 - a gateway is mostly told where to keep things, and this takes 0.3 MB

    return platformdirs.user_data_path("clinicpro-images", appauthor=False)
