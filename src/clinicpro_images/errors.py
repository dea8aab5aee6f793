"""The error tree: every error knows its title, its HTTP status and whether trying again can help.

ClinicProError
├── LaunchError            a launch from Evolution that can't become a session
├── AccessError            the caller may not do this
├── SignInError            a sign-in outside Evolution that can't become one
├── PatientSearchError     what was entered to find a patient there can't be used
├── PictureError           the file can't be taken
├── DetailsError           what was said about a picture can't be stored
├── CommitError            what was asked to be filed can't be filed
├── NotFound               no such thing for this caller
├── Busy                   this server needs a moment
├── DatabaseUnavailable    the database can't be reached
├── StorageUnavailable     where pictures lie can't be reached
└── RecordSystemError              ALEX, or the identity provider in front of it, said no or nothing

`detail` is a sentence for a clinician; `integrator` is one for whoever runs the connection to Medtech.
Each branch has a file; all of them are imported from here.
"""

from typing import ClassVar


class ClinicProError(Exception):
    """Root of the tree. `slug` names the problem type, `status` is the HTTP status it becomes."""

    slug: ClassVar[str] = "unexpected"
    title: ClassVar[str] = "Something went wrong"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False
    way_on: ClassVar[tuple[str, str] | None] = (
        None  # where a page that says it leads on to, and the link's words
    )
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


class NotFound(ClinicProError):
    """No such thing, or not this caller's."""

    slug = "not-found"
    title = "Not found"
    status = 404
    default_detail = (
        "There is nothing here under this address in this session. Reload the page to see what is."
    )


class StorageUnavailable(ClinicProError):
    """Where pictures lie can't be reached; nothing was stored, nothing was lost."""

    slug = "storage-unavailable"
    title = "Pictures can't be reached"
    status = 503
    retryable = True
    default_detail = "The store for pictures does not answer. Nothing was lost; try again shortly."


class DatabaseUnavailable(ClinicProError):
    """The database can't be reached; nothing was stored, nothing was lost."""

    slug = "database-unavailable"
    title = "Database can't be reached"
    status = 503
    retryable = True
    default_detail = "The server is restarting a part of itself. Nothing was lost; try again shortly."


class Busy(ClinicProError):
    """This server needs a moment, or its operator."""

    slug = "busy"
    title = "Busy"
    status = 503
    retryable = True
    default_detail = "The server is busy for a moment. Nothing was lost; try again shortly."


class AccessError(ClinicProError):
    """The caller may not do this."""

    slug = "access-refused"
    title = "Not allowed"
    status = 403
    default_detail = "This is not allowed from here. Start ClinicPro Images from Evolution again."
