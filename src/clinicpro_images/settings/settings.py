"""The table of settings: one row each, with group, variable, parser, default, help and an example.

`docs/settings.md` is generated from it by `scripts/generate_docs.py`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import platformdirs

from clinicpro_images.settings import parsers
from clinicpro_images.settings.errors import SettingsError
from clinicpro_images.settings.extras import require_extra
from clinicpro_images.settings.parsers import CommitTarget, Network, seconds
from clinicpro_images.settings.row import Derived, changed_rows, optional, read_rows, setting

Environment = Literal["uat", "production", "sandbox"]
Need = Literal["credentials", "secret_key", "facility_id", "admin_token"]

UAT_API_BASE_URL = "https://alexapiuat.medtechglobal.com/FHIR"

_DAY = 86_400.0
_TOKEN_URL = Derived(
    lambda known: f"https://login.microsoftonline.com/{known['tenant_id']}/oauth2/v2.0/token",
    "made from `MEDTECH_TENANT_ID`",
)
_LAUNCH_URL = Derived(
    lambda known: f"{known['alex_base_url']}/vendorforms/api/getlaunchcontextstring",
    "made from `MEDTECH_API_BASE_URL`",
)
_DATA_DIR = Derived(
    lambda _: str(platformdirs.user_data_path("clinicpro-images", appauthor=False)),
    "the platform's data folder",
)
_DATABASE = Derived(
    lambda known: f"sqlite:///{known['data_dir'].as_posix()}/clinicpro.db",
    "`clinicpro.db` in the data folder",
)
_STORAGE = Derived(lambda known: str(known["data_dir"] / "pictures"), "`pictures` in the data folder")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The checked settings. Times are in seconds, URLs have no trailing slash, and repr() leaves secrets out."""

    # fmt: off
    # ruff: noqa: RUF009 - each of these calls declares a field

    alex_base_url: str = setting("medtech", "MEDTECH_API_BASE_URL", parsers.url, UAT_API_BASE_URL,
        "ALEX's FHIR base URL, without a trailing slash", example="https://alexapi.medtechglobal.com/FHIR")
    tenant_id: str = setting("medtech", "MEDTECH_TENANT_ID", parsers.identifier, "8a024e99-aba3-4b25-b875-28b0c0ca6096",
        "Medtech's Azure tenant, the same for UAT and production", example="8a024e99-aba3-4b25-b875-28b0c0ca6096")
    client_id: str = setting("medtech", "MEDTECH_CLIENT_ID", parsers.identifier, "7685ade3-f1ae-4e86-a398-fe7809c0fed1",
        "this product's client ID in that tenant; the default is for UAT", example="00000000-1111-2222-3333-444444444444")
    api_scope: str = setting("medtech", "MEDTECH_API_SCOPE", parsers.word, "api://bf7945a6-e812-4121-898a-76fea7c13f4d/.default",
        "the token's scope; the default is for UAT", example="api://00000000-1111-2222-3333-444444444444/.default")
    client_secret: str | None = optional("medtech", "MEDTECH_CLIENT_SECRET", parsers.text,
        "the client's secret", example="invented-secret", secret=True)
    client_certificate: str | None = optional("medtech", "MEDTECH_CLIENT_CERTIFICATE", parsers.certificate,
        "instead of the secret: the path of a PEM file, or its text (line ends may be written `\\n`), with a certificate and "
        "its unencrypted RSA key", example="/etc/clinicpro/client.pem", secret=True)
    token_url: str = setting("medtech", "MEDTECH_TOKEN_URL", parsers.url, _TOKEN_URL,
        "the token endpoint, if it isn't Azure's",
        example="http://127.0.0.1:8090/8a024e99-aba3-4b25-b875-28b0c0ca6096/oauth2/v2.0/token")
    launch_url: str = setting("medtech", "MEDTECH_LAUNCH_URL", parsers.url, _LAUNCH_URL,
        "the endpoint that decodes launches",
        example="https://alexapi.medtechglobal.com/vendorforms/api/getlaunchcontextstring")
    facility_id: str | None = optional("medtech", "MEDTECH_FACILITY_ID", parsers.facility,
        "the HPI facility ID for `commit`, `doctor`, `/api/medtech/test` and signing in; also sent with the launch call. A "
        "session's facility comes from its launch", example="F2N060-E")
    alex_connect_timeout: float = setting("medtech", "CLINICPRO_ALEX_CONNECT_TIMEOUT", seconds(), "10",
        "seconds allowed for TCP and TLS with ALEX and the token endpoint, at most 300", example="5")
    alex_read_timeout: float = setting("medtech", "CLINICPRO_ALEX_READ_TIMEOUT", seconds(), "30",
        "seconds to wait for the next byte from ALEX, at most 300. One call takes at most this and the connect timeout together",
        example="20")

    secret_key: str | None = optional("installation", "CLINICPRO_SECRET_KEY", parsers.secret,
        "the secret of this installation. The keys that encrypt images and names, and the hashes used to find them, are "
        "derived from it. At least 16 characters that aren't easy to guess; `clinicpro new-key` makes 43 random ones",
        example="an invented text of 32 characters", secret=True)
    old_secret_keys: tuple[str, ...] = setting("installation", "CLINICPRO_OLD_SECRET_KEYS", parsers.secrets, "",
        "previous secrets that may have been used to encrypt stored data, separated by commas: for [changing the "
        "secret](security.md#changing-the-secret)", example="an invented text that was used before", secret=True)
    public_url: str = setting("installation", "CLINICPRO_PUBLIC_URL", parsers.origin, "http://localhost:8000",
        "scheme, host and port that browsers and phones open. With a loopback address, the phone panel says that no phone can "
        "reach it. It decides which `Origin` may write, and whether cookies are `Secure`",
        example="https://photos.practice.example.nz")
    frame_ancestors: str = setting("installation", "CLINICPRO_FRAME_ANCESTORS", parsers.ancestors, "'none'",
        "who may embed the page: CSP sources, separated by spaces", example="'self' https://desktop.example.nz")
    commit_target: CommitTarget = setting("installation", "CLINICPRO_COMMIT_TARGET", parsers.target, "scan",
        "where images are filed: `scan`, `media` or `both`", example="both")
    admin_token: str | None = optional("installation", "CLINICPRO_ADMIN_TOKEN", parsers.secret,
        "bearer token of the admin endpoints, at least 16 characters. Without it they are closed",
        example="an invented admin token", secret=True)
    admin_issuer: str | None = optional("installation", "CLINICPRO_ADMIN_ISSUER", parsers.issuer,
        "an OpenID Connect issuer whose access tokens open the admin endpoints too, exactly as in its discovery document's "
        "`issuer`. [How](security.md#operators)", example="https://login.example.nz/realms/practice")
    admin_audience: str | None = optional("installation", "CLINICPRO_ADMIN_AUDIENCE", parsers.text,
        "the `aud` that these tokens must have; required with the issuer", example="clinicpro-images")
    admin_subjects: frozenset[str] = setting("installation", "CLINICPRO_ADMIN_SUBJECTS", parsers.words, "",
        "the `sub` of each operator, separated by commas. This or `CLINICPRO_ADMIN_CLAIM` is required with the issuer",
        example="user_2abc, user_2def")
    admin_claim: tuple[str, str] = setting("installation", "CLINICPRO_ADMIN_CLAIM", parsers.claim, "",
        "a claim and the value that grants access; dots lead into objects", example="realm_access.roles=clinicpro-admin")
    operator_listen: tuple[str, int] | None = optional("installation", "CLINICPRO_OPERATOR_LISTEN", parsers.address,
        "address and port of a second listener with `/healthz`, `/readyz`, `/metrics` and `/openapi.json` that asks for no "
        "token. Bind it where only operators reach it. On the main port these, except `/healthz`, need an admin token",
        example="127.0.0.1:9100")
    security_contact: str = setting("installation", "CLINICPRO_SECURITY_CONTACT", parsers.contact,
        "mailto:security@clinicpro.co.nz", "where `/.well-known/security.txt` asks to report weaknesses: `mailto:` or `https:`",
        example="mailto:it@practice.example.nz")
    data_dir: Path = setting("installation", "CLINICPRO_DATA_DIR", parsers.folder, _DATA_DIR,
        "folder for database and images, created with mode 0700. On Linux `~/.local/share/clinicpro-images`",
        example="/var/lib/clinicpro")
    database_url: str = setting("installation", "CLINICPRO_DATABASE_URL", parsers.database, _DATABASE,
        "`sqlite:///…` or `postgresql+psycopg://…`", example="postgresql+psycopg://clinicpro@localhost/clinicpro", secret=True)
    storage_url: str = setting("installation", "CLINICPRO_STORAGE_URL", parsers.storage, _STORAGE,
        "folder for staged images, or `s3://bucket/prefix`, which every gateway can reach. It must belong to this product "
        "alone: it is refused if it holds photos of another installation", example="/var/lib/clinicpro/pictures")
    examples: bool = setting("installation", "CLINICPRO_EXAMPLES", parsers.switch, "0",
        "`1` offers example photos in an empty session, as the demo does", example="1")

    sign_in_issuer: str | None = optional("sign-in", "CLINICPRO_SIGN_IN_ISSUER", parsers.issuer,
        "the OpenID Connect issuer where clinicians sign in, exactly as in its discovery document's `issuer`. Requires a "
        "client ID, `MEDTECH_FACILITY_ID`, and at least one of subjects, e-mail addresses and claim",
        example="https://login.practice.example.nz")
    sign_in_client_id: str | None = optional("sign-in", "CLINICPRO_SIGN_IN_CLIENT_ID", parsers.text,
        "this installation's client ID with that issuer", example="clinicpro-images")
    sign_in_client_secret: str | None = optional("sign-in", "CLINICPRO_SIGN_IN_CLIENT_SECRET", parsers.text,
        "the client secret, if the issuer provided one",
        example="an-invented-secret", secret=True, no_default="none: a public client with PKCE")
    sign_in_scope: str = setting("sign-in", "CLINICPRO_SIGN_IN_SCOPE", parsers.scopes, "openid profile email",
        "the scopes to request, separated by spaces", example="openid profile email groups")
    sign_in_subjects: frozenset[str] = setting("sign-in", "CLINICPRO_SIGN_IN_SUBJECTS", parsers.words, "",
        "the `sub` of each person who can sign in, separated by commas", example="user_2abc, user_2def")
    # Not shown, because addresses are personal data.
    sign_in_emails: frozenset[str] = setting("sign-in", "CLINICPRO_SIGN_IN_EMAILS", parsers.emails, "",
        "their e-mail addresses, separated by commas; an address counts only if the issuer sets `email_verified`",
        example="gp@practice.example.nz, nurse@practice.example.nz", secret=True)
    sign_in_claim: tuple[str, str] = setting("sign-in", "CLINICPRO_SIGN_IN_CLAIM", parsers.claim, "",
        "a claim of the ID token and the value that grants access; dots lead into objects",
        example="groups=clinicpro-clinicians")
    practice_subjects: frozenset[str] = setting("sign-in", "CLINICPRO_PRACTICE_SUBJECTS", parsers.words, "",
        "the `sub` of each person who can see [the practice's page](practice.md), separated by commas. It needs the issuer too",
        example="user_2ghi, user_2jkl", secret=True)
    practice_emails: frozenset[str] = setting("sign-in", "CLINICPRO_PRACTICE_EMAILS", parsers.emails, "",
        "their e-mail addresses, as above", example="manager@practice.example.nz", secret=True)
    practice_claim: tuple[str, str] = setting("sign-in", "CLINICPRO_PRACTICE_CLAIM", parsers.claim, "",
        "a claim of the ID token and the value that opens the practice's page", example="groups=clinicpro-practice")
    sign_in_acr: tuple[str, ...] = setting("sign-in", "CLINICPRO_SIGN_IN_ACR", parsers.scopes_list, "",
        "authentication contexts to request (`acr_values`), separated by spaces, for instance one that means multi-factor "
        "authentication. An ID token with another `acr` is refused", example="urn:example:mfa")
    sign_in_max_age: float | None = optional("sign-in", "CLINICPRO_SIGN_IN_MAX_AGE", seconds(at_most=_DAY),
        "seconds since the provider last authenticated the person (`max_age`); an older `auth_time`, or none, is refused",
        example="3600")
    sign_in_provider_claim: str | None = optional("sign-in", "CLINICPRO_SIGN_IN_PROVIDER_CLAIM", parsers.text,
        "the claim that identifies the provider in the practice: Medtech's Practitioner ID, or one of its numbers (HPI, "
        "Medical Council …)", example="hpi_person_id", no_default="none: the clinician chooses")
    sign_in_kept: bool = setting("sign-in", "CLINICPRO_SIGN_IN_KEPT_ON_PHONES", parsers.switch, "0",
        "`1` lets clinicians keep their sign-in until midnight on a phone of their own; otherwise it lasts an hour",
        example="1")

    aws_access_key_id: str | None = optional("object-storage", "AWS_ACCESS_KEY_ID", parsers.text,
        "the access key ID; without it, the role of the machine or container is used", example="INVENTEDKEYID", secret=True)
    aws_secret_access_key: str | None = optional("object-storage", "AWS_SECRET_ACCESS_KEY", parsers.text,
        "its secret", example="an-invented-secret", secret=True)
    aws_session_token: str | None = optional("object-storage", "AWS_SESSION_TOKEN", parsers.text,
        "the token that goes with temporary credentials", example="an-invented-token", secret=True)
    aws_region: str | None = optional("object-storage", "AWS_REGION", parsers.text,
        "the bucket's region", example="ap-southeast-6", no_default="`us-east-1`, chosen by the client")
    aws_endpoint_url: str | None = optional("object-storage", "AWS_ENDPOINT_URL", parsers.url,
        "another object store, without a trailing slash", example="https://objects.example.nz", no_default="Amazon's")

    traces_endpoint: str | None = optional("traces", "OTEL_EXPORTER_OTLP_ENDPOINT", parsers.url,
        "where an OpenTelemetry collector accepts OTLP over HTTP, without `/v1/traces`. Requires the extra `telemetry`; [what "
        "a span contains](metrics.md#traces)", example="https://collector.example.nz:4318", no_default="none: tracing is off")

    referral_copies: bool = setting("filing", "CLINICPRO_REFERRAL_COPIES", parsers.switch, "1",
        "keep an encrypted copy of each filed photo for the referral pack until its session ends, 90 minutes at most; `0` keeps "
        "none, and the receipt offers no pack", example="0")
    retry_ceiling: float = setting("filing", "CLINICPRO_RETRY_CEILING", seconds(at_most=_DAY), "600",
        "how long filing is attempted before the image is shown as not filed, with a retry button; at most a day",
        example="1800")
    retry_first_wait: float = setting("filing", "CLINICPRO_RETRY_FIRST_WAIT", seconds(), "1",
        "the longest wait before the second attempt. It doubles with each further one, and each wait is a random part of it",
        example="2")
    retry_longest_wait: float = setting("filing", "CLINICPRO_RETRY_LONGEST_WAIT", seconds(), "60",
        "the limit of the doubling; also the longest pause between two attempts to reach a practice that doesn't answer",
        example="30")
    reconcile_after: float = setting("filing", "CLINICPRO_SETTLING", seconds(at_most=_DAY), "60",
        "how long after a lost response \"not found\" means that the image wasn't filed, and after which a clinician is asked "
        "if searching isn't permitted. At least `CLINICPRO_ALEX_CONNECT_TIMEOUT`, `CLINICPRO_ALEX_READ_TIMEOUT` and "
        "`CLINICPRO_LEASE` together: what may still be on its way must not be written again", example="120")
    lease: float = setting("filing", "CLINICPRO_LEASE", seconds(), "10",
        "how long after a process's last heartbeat another one takes over its jobs, at most 300", example="20")
    facility_at_once: int = setting("filing", "CLINICPRO_FACILITY_AT_ONCE", parsers.count, "4",
        "images that one process files at the same time for one practice, 1 to 64", example="2")
    facility_rate: float | None = setting("filing", "CLINICPRO_FACILITY_RATE", parsers.per_second, "10",
        "images that one process starts to file per second for one practice, at most 1000; `0` is no limit. A second's worth "
        "may start at once", example="5")
    image_workers: int = setting("filing", "CLINICPRO_PICTURE_WORKERS", parsers.count, "2",
        "images that one process decodes at the same time, each in a worker process, 1 to 64; one per processor core is "
        "right. One of them may briefly use 0.5 GB, each of the others 0.2 GB", example="4")

    trusted_proxies: tuple[Network, ...] = setting("limits", "CLINICPRO_TRUSTED_PROXIES", parsers.networks, "",
        "addresses or networks of the proxies in front, separated by commas. `X-Forwarded-For` is trusted from these only; "
        "without it, every caller behind a proxy has the proxy's address", example="127.0.0.1, 10.0.0.0/8")
    launches_per_minute: float = setting("limits", "CLINICPRO_LAUNCHES_PER_MINUTE", parsers.per_minute, "120",
        "launches from one address", example="300")
    claims_per_minute: float = setting("limits", "CLINICPRO_CLAIMS_PER_MINUTE", parsers.per_minute, "300",
        "phones connecting from one address. Wrong tickets have a separate, much lower limit", example="60")
    uploads_per_minute: float = setting("limits", "CLINICPRO_UPLOADS_PER_MINUTE", parsers.per_minute, "1200",
        "images uploaded from one address; at most 120 from one browser or phone", example="3000")
    sign_ins_per_minute: float = setting("limits", "CLINICPRO_SIGN_INS_PER_MINUTE", parsers.per_minute, "60",
        "sign-ins, and the searches by NHI after them, from one address", example="120")
    searches_per_day: float = setting("limits", "CLINICPRO_SEARCHES_PER_DAY", parsers.per_minute, "300",
        "patients that one account may look up in a day after signing in; at most 30 in a minute", example="500")
    admin_per_minute: float = setting("limits", "CLINICPRO_ADMIN_PER_MINUTE", parsers.per_minute, "60",
        "calls to the admin endpoints from one address, refused ones included", example="30")
    # fmt: on

    @classmethod
    def read(cls, environ: Mapping[str, str], *, require: Collection[Need] = ()) -> "Settings":
        """Read and check every setting; `require` names those that the command can't do without.

        Empty counts as unset. Raises SettingsError for the first variable that is wrong or missing.
        """
        settings = cls(**read_rows(cls, environ))
        _check_reconcile_after(settings)
        _check_extras(settings)
        if require:
            _check_admins(settings)
            _check_sign_in(settings)
        _check_credentials(settings, required="credentials" in require)
        for need, variable, purpose in _NEEDS:
            if need in require and not getattr(settings, need):
                raise SettingsError(variable, f"is not set; {purpose}.")
        return settings

    @property
    def alex_whole_timeout(self) -> float:
        """The longest that one call to ALEX can take, in seconds."""
        return self.alex_connect_timeout + self.alex_read_timeout

    @property
    def environment(self) -> Environment:
        """Which ALEX this is: loopback is a sandbox, Medtech's UAT host is UAT, everything else is production.

        An unknown host counts as production, because that is the stricter reading.
        """
        host = urlsplit(self.alex_base_url).hostname or ""
        if parsers.is_loopback(host):
            return "sandbox"
        return "uat" if host == urlsplit(UAT_API_BASE_URL).hostname else "production"

    @property
    def storage_options(self) -> tuple[tuple[str, str], ...]:
        """What the object store's client is given; it finds the roles of machines and containers on its own."""
        found = {
            "AWS_ACCESS_KEY_ID": self.aws_access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.aws_secret_access_key,
            "AWS_SESSION_TOKEN": self.aws_session_token,
            "AWS_REGION": self.aws_region,
            "AWS_ENDPOINT_URL": self.aws_endpoint_url,
        }
        return tuple((name, value) for name, value in found.items() if value is not None)

    @property
    def sign_in_claims(self) -> tuple[str, ...]:
        """The claims that decide who may sign in, and as whom."""
        emails = ("email", "email_verified") if self.sign_in_emails or self.practice_emails else ()
        named = (self.sign_in_claim[0], self.practice_claim[0], self.sign_in_provider_claim or "")
        return (*(name for name in named if name), *emails)

    @property
    def sign_in_rules(self) -> str:
        """Who can sign in, where and as whom, as one text: a change of it ends the sign-ins made before."""
        who = (
            sorted(self.sign_in_subjects),
            sorted(self.sign_in_emails),
            self.sign_in_claim,
            self.sign_in_provider_claim,
            sorted(self.practice_subjects),
            sorted(self.practice_emails),
            self.practice_claim,
        )
        return repr((self.sign_in_issuer, self.sign_in_client_id, who, self.facility_id or ""))


_NEEDS: tuple[tuple[Need, str, str], ...] = (
    ("secret_key", "CLINICPRO_SECRET_KEY", "it encrypts images and signs cookies: set a random text of 32 characters"),
    ("facility_id", "MEDTECH_FACILITY_ID", "set the practice's HPI facility ID, such as F2N060-E"),
    ("admin_token", "CLINICPRO_ADMIN_TOKEN", "it opens the admin endpoints: set a random text of 32 characters"),
)  # fmt: skip


def _check_extras(settings: Settings) -> None:
    """Refuse a database or a store whose driver isn't installed, before anything is opened."""
    if settings.database_url.startswith("postgresql"):
        require_extra(
            "psycopg", extra="postgres", variable="CLINICPRO_DATABASE_URL", purpose="PostgreSQL's driver"
        )
    if settings.storage_url.startswith("s3://"):
        require_extra(
            "obstore", extra="s3", variable="CLINICPRO_STORAGE_URL", purpose="the object store's client"
        )


def _check_credentials(settings: Settings, *, required: bool) -> None:
    if settings.client_secret and settings.client_certificate:
        raise SettingsError(
            "MEDTECH_CLIENT_CERTIFICATE",
            "is set together with MEDTECH_CLIENT_SECRET; keep exactly one of them.",
        )
    if required and not (settings.client_secret or settings.client_certificate):
        raise SettingsError(
            "MEDTECH_CLIENT_SECRET",
            "is not set, nor is MEDTECH_CLIENT_CERTIFICATE; Medtech requires one of them.",
        )


def _check_admins(settings: Settings) -> None:
    """Refuse an issuer without an audience or operators, to whom all its tokens would grant access, and those without it."""
    if settings.admin_issuer is None:
        claim = settings.admin_claim[0]
        given = {"AUDIENCE": settings.admin_audience, "SUBJECTS": settings.admin_subjects, "CLAIM": claim}
        for name in [name for name, value in given.items() if value]:
            raise SettingsError(
                "CLINICPRO_ADMIN_ISSUER",
                f"is not set, but CLINICPRO_ADMIN_{name} is; set the operators' issuer, or none of its variables.",
            )
        return
    if settings.admin_audience is None:
        raise SettingsError(
            "CLINICPRO_ADMIN_AUDIENCE",
            "is not set, but CLINICPRO_ADMIN_ISSUER is; set the audience of the operators' tokens.",
        )
    if not settings.admin_subjects and not settings.admin_claim[0]:
        raise SettingsError(
            "CLINICPRO_ADMIN_SUBJECTS",
            "is not set, nor is CLINICPRO_ADMIN_CLAIM; CLINICPRO_ADMIN_ISSUER requires one of them.",
        )


def _check_sign_in(settings: Settings) -> None:
    """Refuse half a configuration, and one that would admit everyone whom the issuer knows."""
    who = (
        settings.sign_in_subjects
        or settings.sign_in_emails
        or settings.sign_in_claim[0]
        or settings.practice_subjects
        or settings.practice_emails
        or settings.practice_claim[0]
    )
    if settings.sign_in_issuer is None:
        changed = next(changed_rows(settings, "sign-in"), None)
        if changed is not None:
            raise SettingsError(
                "CLINICPRO_SIGN_IN_ISSUER",
                f"is not set, but {changed.variable} is; set it, or none of the sign-in's variables.",
            )
        return
    if settings.sign_in_client_id is None:
        raise SettingsError(
            "CLINICPRO_SIGN_IN_CLIENT_ID",
            "is not set, but CLINICPRO_SIGN_IN_ISSUER is; set the client ID that the issuer gave this installation.",
        )
    if not who:
        raise SettingsError(
            "CLINICPRO_SIGN_IN_CLAIM",
            "is not set, nor is CLINICPRO_SIGN_IN_SUBJECTS or CLINICPRO_SIGN_IN_EMAILS; CLINICPRO_SIGN_IN_ISSUER "
            "requires one of them.",
        )
    if settings.facility_id is None:
        raise SettingsError(
            "MEDTECH_FACILITY_ID",
            "is not set, but CLINICPRO_SIGN_IN_ISSUER is; set the HPI facility ID of the practice that signs in.",
        )


def _check_reconcile_after(settings: Settings) -> None:
    """Refuse a reconciliation that could begin while the write may still be under way.

    A write whose response was lost is searched for after this time, and written again if it isn't found. A call that
    is still in flight then, from a process that lost its lease or stuck on the network, could succeed after the search,
    and the image would be in the record twice. A worker may start to send up to one lease after the time it recorded
    for it (Worker checks that), so a call has ended one lease and its own longest time after that.
    """
    least = settings.alex_whole_timeout + settings.lease
    if settings.reconcile_after < least:
        raise SettingsError(
            "CLINICPRO_SETTLING",
            f"must be at least {least:g} seconds, the sum of CLINICPRO_ALEX_CONNECT_TIMEOUT, "
            "CLINICPRO_ALEX_READ_TIMEOUT and CLINICPRO_LEASE: what may still be on its way to ALEX must not be written again.",
        )
