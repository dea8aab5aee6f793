"""The error tree: every error knows its title, its HTTP status and whether retrying can help.

ClinicProError
├── AccessError
│   ├── AdminClosed  (operator/)
│   ├── AdminRefused  (operator/)
│   ├── CrossSiteRequest  (web/)
│   ├── FacilityNotConfigured  (operator/)
│   ├── IdentityUnavailable  (identity/)
│   ├── NoSession  (sessions/)
│   ├── PhoneCutOff  (handoff/)
│   ├── PhoneRefused  (sessions/)
│   ├── RequestTooLarge  (web/)
│   ├── RequestTooSlow  (web/)
│   ├── SessionChanged  (sessions/)
│   └── TooManyRequests  (web/)
├── Busy
├── CommitError  (commits/)
│   ├── AlreadyFiled  (commits/)
│   ├── BodySiteMissing  (commits/)
│   ├── CommitMalformed  (commits/)
│   ├── IdempotencyConflict  (commits/)
│   ├── ImagesNotCommitted  (commits/)
│   ├── LandingUnknown  (commits/)
│   ├── NothingToDo  (commits/)
│   ├── OriginalNotCommitted  (commits/)
│   ├── ReferralGone  (commits/)
│   ├── ReferralLimitUnknown  (commits/)
│   ├── ReferralNotReady  (commits/)
│   └── RestoredFromBackup  (commits/)
├── DatabaseUnavailable
│   ├── DatabaseReplaced
│   └── DatabaseUpgraded
├── DetailsError  (images/)
├── EarlierImageUnreadable  (earlier/)
├── EarlierImagesLate  (earlier/)
├── EarlierImagesRefused  (earlier/)
├── EarlierImagesUnclear  (earlier/)
├── ImageError  (imaging/)
│   ├── ImageBroken  (imaging/)
│   ├── ImageDamaged  (images/)
│   │   └── ImageMissing  (images/)
│   ├── ImageEmpty  (imaging/)
│   ├── ImageGone  (images/)
│   ├── ImageLocked  (images/)
│   ├── ImageTooLarge  (imaging/)
│   ├── ImageUnsupported  (imaging/)
│   ├── NoSuchPage  (imaging/)
│   ├── NotTheOriginal  (images/)
│   └── TooManyImages  (images/)
├── LaunchError  (sessions/)
│   ├── LaunchForged  (sessions/)
│   ├── LaunchIncomplete  (sessions/)
│   ├── LaunchInconsistent  (sessions/)
│   │   └── RecordsDisagree  (sessions/)
│   ├── LaunchStale  (sessions/)
│   ├── LaunchTimedOut  (sessions/)
│   ├── LaunchUsed  (sessions/)
│   ├── NoPatientOpen  (sessions/)
│   ├── NoProvider  (sessions/)
│   ├── PatientAmbiguous  (sessions/)
│   ├── RecordInactive  (sessions/)
│   ├── RecordMerged  (sessions/)
│   ├── RecordNameless  (sessions/)
│   └── TabTicketRefused  (sessions/)
├── NotFound
│   ├── EarlierImageUnknown  (earlier/)
│   └── ImageCommitted  (images/)
├── PatientSearchError  (sign_in/)
│   ├── BirthDateDiffers  (sign_in/)
│   ├── BirthDateUnreadable  (sign_in/)
│   ├── ConfirmationLate  (sign_in/)
│   ├── NhiInvalid  (sign_in/)
│   ├── NhiUnknown  (sign_in/)
│   ├── ProviderNotChosen  (sign_in/)
│   └── TooManySearches  (sign_in/)
├── RecordSystemError  (records/)
│   ├── FacilityUnknown  (records/)
│   ├── PatientUnknown  (records/)
│   ├── PracticeOffline  (records/)
│   ├── RecordSystemBadGateway  (records/)
│   ├── RecordSystemConnectionLost  (records/)
│   ├── RecordSystemFailed  (records/)
│   ├── RecordSystemForbidden  (records/)
│   ├── RecordSystemNotFound  (records/)
│   ├── RecordSystemOtherPatient  (records/)
│   ├── RecordSystemRejected  (records/)
│   │   └── RecordSystemDuplicate  (records/)
│   ├── RecordSystemThrottled  (records/)
│   ├── RecordSystemTimeout  (records/)
│   │   └── PracticeTimeout  (records/)
│   ├── RecordSystemUnauthorized  (records/)
│   │   └── RecordSystemTokenRenewed  (records/)
│   ├── RecordSystemUnclear  (records/)
│   │   ├── RecordSystemAccepted  (records/)
│   │   └── RecordSystemRedirected  (records/)
│   ├── RecordSystemUnreachable  (records/)
│   │   ├── RecordSystemAddressNotAllowed  (records/)
│   │   ├── RecordSystemTlsTimeout  (records/)
│   │   └── TcpTimeout  (records/)
│   ├── TokenRefused  (records/)
│   └── TokenUnavailable  (records/)
├── SignInError  (sign_in/)
│   ├── NoProviderHere  (sign_in/)
│   ├── NotSignedIn  (sign_in/)
│   ├── PracticeNotAllowed  (sign_in/)
│   ├── SignInCancelled  (sign_in/)
│   ├── SignInClosed  (sign_in/)
│   ├── SignInLate  (sign_in/)
│   ├── SignInNotAllowed  (sign_in/)
│   ├── SignInNotKept  (sign_in/)
│   ├── SignInUnavailable  (sign_in/)
│   └── SignInUsed  (sign_in/)
├── StorageUnavailable
└── TicketError  (handoff/)
    ├── OtherPatientUnsent  (handoff/)
    ├── TicketExpired  (handoff/)
    ├── TicketRevoked  (handoff/)
    ├── TicketUnknown  (handoff/)
    ├── TicketUsed  (handoff/)
    └── TooManyGuesses  (handoff/)

Each class is defined beside the code that raises it; a test compares this drawing with the classes.
"""

from typing import Any, ClassVar


class ClinicProError(Exception):
    """Root of the tree. `slug` names the problem type, `status` is its HTTP status.

    `detail` is a sentence for a clinician, `integrator` one for the person who runs the connection to Medtech.
    """

    slug: ClassVar[str] = "unexpected"
    title: ClassVar[str] = "Something went wrong"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False
    default_retry_after: ClassVar[float | None] = None
    """What a response says if nothing better is known, in seconds."""
    recovery_link: ClassVar[tuple[str, str] | None] = None
    """Path and text of the link that an error page offers."""
    audit_action: ClassVar[str] = ""
    """What the audit trail records if a request is refused with this error; empty for nothing."""
    default_detail: ClassVar[str] = (
        "Something went wrong on this server. Nothing was lost; try again, and if it happens again tell support the reference."
    )
    default_integrator: ClassVar[str] = ""

    def __init__(self, detail: str = "", *, integrator: str = "", retry_after: float | None = None) -> None:
        """Keep the sentences; `retry_after` is in seconds."""
        self.detail = detail or self.default_detail
        self.integrator = integrator or self.default_integrator
        self.retry_after = retry_after
        super().__init__(self.detail)

    def members(self) -> dict[str, Any]:
        """Return what the problem description has beyond the members that every problem has."""
        return {}

    def headers(self) -> dict[str, str]:
        """Return the headers of the response, in lower case."""
        after = self.default_retry_after if self.retry_after is None else self.retry_after
        return {} if after is None else {"retry-after": str(max(1, round(after)))}


class NotFound(ClinicProError):
    """It does not exist, or is not this caller's."""

    slug = "not-found"
    title = "Not found"
    status = 404
    default_detail = "This does not exist in this session. Reload the page to see what does."


class StorageUnavailable(ClinicProError):
    """The image store can't be reached, or its disk is full; nothing was stored and nothing was lost."""

    slug = "storage-unavailable"
    title = "Photos can't be stored or read"
    status = 503
    retryable = True
    default_retry_after = 5.0
    default_detail = "The photo store is not responding. Nothing was lost; try again shortly."


class DatabaseUnavailable(ClinicProError):
    """The database can't be reached; nothing was stored and nothing was lost."""

    slug = "database-unavailable"
    title = "Database can't be reached"
    status = 503
    retryable = True
    default_retry_after = 2.0
    default_detail = "The database is restarting or not responding. Nothing was lost; try again shortly."


class DatabaseReplaced(DatabaseUnavailable):
    """The database's file was removed or replaced while the gateway ran: what is written now would be lost."""

    default_detail = (
        "The server's database was replaced, so nothing can be stored. Tell your administrator: the server must be "
        "restarted."
    )
    default_integrator = (
        "The database's file was removed or replaced while the gateway ran: stop it, put the right file in place, and "
        "start it again."
    )


class DatabaseUpgraded(DatabaseUnavailable):
    """Another version has changed the schema while this process runs, which must not go on by the former's rules."""

    slug = "database-upgraded"
    title = "Server is being upgraded"
    default_retry_after = 10.0
    default_detail = (
        "The server is being upgraded, so nothing can be stored at the moment. Nothing was lost. Try again in some minutes; "
        "if it goes on, tell your administrator."
    )


class Busy(ClinicProError):
    """This server has no capacity at the moment, or is not set up completely."""

    slug = "busy"
    title = "Busy"
    status = 503
    retryable = True
    default_retry_after = 2.0
    default_detail = "The server is busy at the moment. Nothing was lost; try again shortly."


DISK_FULL = "The server's disk is full, so nothing can be stored. Nothing was lost; tell your administrator, and try again."
DISK_READ_ONLY = (
    "The server can't write to its disk. Nothing was lost; tell your administrator, and try again."
)


class AccessError(ClinicProError):
    """The caller may not do this."""

    slug = "access-refused"
    title = "Not allowed"
    status = 403
    audit_action = "access.refused"
    default_detail = "This is not allowed from here. Start ClinicPro Images from Evolution again."
