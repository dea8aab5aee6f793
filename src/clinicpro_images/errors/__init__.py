"""The error tree: every error knows its title, its HTTP status and whether trying again can help.

ClinicProError
├── LaunchError            a launch from Evolution that can't become a session
├── AccessError            the caller may not do this
├── PictureError           the file can't be taken
├── DetailsError           what was said about a picture can't be stored
├── CommitError            what was asked to be filed can't be filed
├── NotFound               no such thing for this caller
├── Busy                   this server needs a moment
├── DatabaseUnavailable    the database can't be reached
├── StorageUnavailable     where pictures lie can't be reached
└── AlexError              ALEX, or the identity provider in front of it, said no or nothing

`detail` is a sentence for a clinician; `integrator` is one for whoever runs the connection to Medtech.
Each branch has a file; all of them are imported from here.
"""

from clinicpro_images.errors.access import (
    AccessError,
    AdminClosed,
    AdminRefused,
    CrossSiteRequest,
    FacilityNotConfigured,
    IdentityUnavailable,
    NoSession,
    PhoneCutOff,
    PhoneRefused,
    RequestTooLarge,
    RequestTooSlow,
    SessionChanged,
    TooManyRequests,
)
from clinicpro_images.errors.alex import (
    AlexAddressNotAllowed,
    AlexBadGateway,
    AlexConnectionLost,
    AlexDuplicate,
    AlexError,
    AlexFailed,
    AlexForbidden,
    AlexNotFound,
    AlexRejected,
    AlexThrottled,
    AlexTimeout,
    AlexUnauthorized,
    AlexUnclear,
    AlexUnreachable,
    FacilityUnknown,
    PatientUnknown,
    PracticeOffline,
    PracticeTimeout,
    TokenRefused,
    TokenUnavailable,
)
from clinicpro_images.errors.filing import (
    BodySiteMissing,
    CommitError,
    CommitMalformed,
    IdempotencyConflict,
    NothingToDo,
    OriginalNotFiled,
    PicturesNotFiled,
)
from clinicpro_images.errors.handoff import (
    TicketError,
    TicketExpired,
    TicketRevoked,
    TicketUnknown,
    TicketUsed,
    TooManyGuesses,
)
from clinicpro_images.errors.launches import (
    LaunchError,
    LaunchForged,
    LaunchIncomplete,
    LaunchInconsistent,
    LaunchStale,
    LaunchUsed,
    NoPatientOpen,
    NoProvider,
    PatientAmbiguous,
    TabTicketRefused,
)
from clinicpro_images.errors.pictures import (
    DetailsError,
    PictureBroken,
    PictureEmpty,
    PictureError,
    PictureFiled,
    PictureGone,
    PictureLocked,
    PictureTooLarge,
    PictureUnsupported,
    TooManyPictures,
)
from clinicpro_images.errors.root import (
    Busy,
    ClinicProError,
    DatabaseUnavailable,
    NotFound,
    StorageUnavailable,
)

__all__ = [
    "AccessError",
    "AdminClosed",
    "AdminRefused",
    "AlexAddressNotAllowed",
    "AlexBadGateway",
    "AlexConnectionLost",
    "AlexDuplicate",
    "AlexError",
    "AlexFailed",
    "AlexForbidden",
    "AlexNotFound",
    "AlexRejected",
    "AlexThrottled",
    "AlexTimeout",
    "AlexUnauthorized",
    "AlexUnclear",
    "AlexUnreachable",
    "BodySiteMissing",
    "Busy",
    "ClinicProError",
    "CommitError",
    "CommitMalformed",
    "CrossSiteRequest",
    "DatabaseUnavailable",
    "DetailsError",
    "FacilityNotConfigured",
    "FacilityUnknown",
    "IdempotencyConflict",
    "IdentityUnavailable",
    "LaunchError",
    "LaunchForged",
    "LaunchIncomplete",
    "LaunchInconsistent",
    "LaunchStale",
    "LaunchUsed",
    "NoPatientOpen",
    "NoProvider",
    "NoSession",
    "NotFound",
    "NothingToDo",
    "OriginalNotFiled",
    "PatientAmbiguous",
    "PatientUnknown",
    "PhoneCutOff",
    "PhoneRefused",
    "PictureBroken",
    "PictureEmpty",
    "PictureError",
    "PictureFiled",
    "PictureGone",
    "PictureLocked",
    "PictureTooLarge",
    "PictureUnsupported",
    "PicturesNotFiled",
    "PracticeOffline",
    "PracticeTimeout",
    "RequestTooLarge",
    "RequestTooSlow",
    "SessionChanged",
    "StorageUnavailable",
    "TabTicketRefused",
    "TicketError",
    "TicketExpired",
    "TicketRevoked",
    "TicketUnknown",
    "TicketUsed",
    "TokenRefused",
    "TokenUnavailable",
    "TooManyGuesses",
    "TooManyPictures",
    "TooManyRequests",
]
