"""What the widget sends and sees of filing."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from clinicpro_images.commits.job import Job, JobKind, JobState
from clinicpro_images.commits.routing import Routing
from clinicpro_images.commits.rows import overall
from clinicpro_images.photos.photo import Photo
from clinicpro_images.photos.views import ImageView
from clinicpro_images.wire import Wire, iso, iso_or_none

PictureState = Literal["staged", "queued", "sending", "committed", "failed", "unverified"]
_Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
_Id = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9.\-]+$")]
Step = Literal["inbox", "task"]
STEP_KINDS: dict[Step, JobKind] = {"inbox": "communication", "task": "task"}


class InboxRequest(Wire):
    """A message to a provider's inbox."""

    recipient_id: _Id
    note: _Note = ""


class TaskRequest(Wire):
    """A task with assignee and due date."""

    assignee_id: _Id
    due: date | None = None
    note: _Note = ""


class CommitRequest(Wire):
    """The body of `POST /api/commits`."""

    image_ids: list[_Id] = Field(max_length=100)
    inbox: InboxRequest | None = None
    task: TaskRequest | None = None


class ResolveRequest(Wire):
    """The clinician's answer for what may have landed."""

    answer: Literal["in-inbox", "send-again"]


class FittedView(Wire):
    """One file that filing will write: sizes in bytes and pixels, and what was done to the picture in a sentence."""

    target: Literal["scan", "media"]
    content_type: str
    bytes: int
    limit: int
    width: int
    height: int
    done: str


class FitView(Wire):
    """What filing will make of a picture, per resource."""

    files: list[FittedView]


class ResumedView(Wire):
    """The leftovers that are in this session now."""

    images: list[ImageView]


class ErrorView(Wire):
    """Why something is not filed, and for whoever runs the connection, what ALEX said."""

    type: str
    title: str
    detail: str
    integrator: str
    correlation_id: str


class CommittedImage(Wire):
    """How far one picture is."""

    image_id: str
    state: PictureState
    title: str
    document_reference_id: str | None
    media_id: str | None
    committed_at: str | None
    error: ErrorView | None


class StepView(Wire):
    """How far the message or the task is."""

    state: JobState
    recipient_id: str
    due: date | None
    resource_id: str | None
    committed_at: str | None
    error: ErrorView | None


class CommitView(Wire):
    """A commit as `GET /api/commits/{id}` shows it."""

    id: str
    created_at: str
    state: JobState
    target: Literal["scan", "media", "both"]
    images: list[CommittedImage]
    inbox: StepView | None
    task: StepView | None


def commit_view(
    commit_id: str,
    created_at: float,
    target: Literal["scan", "media", "both"],
    photos: list[Photo],
    jobs: list[Job],
    *,
    routing: Routing,
    changed: Mapping[str, float],
) -> CommitView:
    """Show a commit: its pictures in order, with the jobs of all of them and of the commit itself.

    `changed` says when each of the commit's own jobs came into the state it is in.
    """
    by_photo: dict[str, list[Job]] = {}
    for job in jobs:
        if job.photo_id is not None:
            by_photo.setdefault(job.photo_id, []).append(job)
    steps = {job.kind: job for job in jobs if job.photo_id is None}
    return CommitView(
        id=commit_id,
        created_at=iso(created_at),
        state=overall(job.state for job in jobs),
        target=target,
        images=[_image(photo, by_photo.get(photo.id, [])) for photo in photos],
        inbox=None
        if routing.inbox is None
        else _step(steps["communication"], routing.inbox.recipient_id, None, changed),
        task=None
        if routing.task is None
        else _step(steps["task"], routing.task.assignee_id, routing.task.due, changed),
    )


def _image(photo: Photo, jobs: list[Job]) -> CommittedImage:
    ids = {job.kind: job.resource_id for job in jobs}
    return CommittedImage(
        image_id=photo.id,
        state=photo.state,
        title=photo.details.title,
        document_reference_id=ids.get("document-reference"),
        media_id=ids.get("media"),
        committed_at=iso_or_none(photo.committed_at),
        error=next((_error(job) for job in jobs if job.problem is not None), None),
    )


def _step(job: Job, recipient_id: str, due: date | None, changed: Mapping[str, float]) -> StepView:
    return StepView(
        state=job.state,
        recipient_id=recipient_id,
        due=due,
        resource_id=job.resource_id,
        committed_at=iso_or_none(changed.get(job.id)) if job.state == "committed" else None,
        error=_error(job),
    )


def _error(job: Job) -> ErrorView | None:
    problem = job.problem
    if problem is None:
        return None
    return ErrorView(
        type=problem.slug,
        title=problem.title,
        detail=problem.detail,
        integrator=problem.integrator,
        correlation_id=job.correlation_id,
    )
