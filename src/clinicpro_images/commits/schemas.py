"""The JSON of commits, requests and responses."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from clinicpro_images.commits.commit import Commit
from clinicpro_images.commits.jobs.job import Job, JobKind, JobState, overall_state
from clinicpro_images.images.image import Image
from clinicpro_images.schemas import Schema, iso, iso_or_none

ImageState = Literal["staged", "queued", "sending", "committed", "failed", "unverified"]
_Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
_Id = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9.\-]+$")]
StepName = Literal["inbox", "task"]
STEP_KINDS: dict[StepName, JobKind] = {"inbox": "communication", "task": "task"}


class InboxRequest(Schema):
    """A message to a provider's inbox."""

    recipient_id: _Id
    note: _Note = ""


class TaskRequest(Schema):
    """A task with assignee and due date."""

    assignee_id: _Id
    due: date | None = None
    note: _Note = ""


class CommitRequest(Schema):
    """The body of `POST /api/commits`."""

    image_ids: list[_Id] = Field(max_length=100)
    inbox: InboxRequest | None = None
    task: TaskRequest | None = None


class ResolveRequest(Schema):
    """The clinician's answer about a resource that may be in the record."""

    answer: Literal["in-inbox", "send-again"]


class ErrorSchema(Schema):
    """Why something is not filed; `integrator` is for the person who runs the connection."""

    type: str
    title: str
    detail: str
    integrator: str
    correlation_id: str


class CommittedImage(Schema):
    """An image's progress."""

    image_id: str
    state: ImageState
    title: str
    document_reference_id: str | None
    media_id: str | None
    committed_at: str | None
    error: ErrorSchema | None


class StepSchema(Schema):
    """The message's or the task's progress."""

    state: JobState
    recipient_id: str
    due: date | None
    resource_id: str | None
    committed_at: str | None
    error: ErrorSchema | None


class CommitSchema(Schema):
    """The response of `GET /api/commits/{id}`."""

    id: str
    created_at: str
    state: JobState
    target: Literal["scan", "media", "both"]
    images: list[CommittedImage]
    inbox: StepSchema | None
    task: StepSchema | None


def commit_schema(
    commit: Commit, images: list[Image], jobs: list[Job], *, changed: Mapping[str, float]
) -> CommitSchema:
    """Build the JSON of a commit from its images, in order, and all their jobs and the commit's own.

    `changed` has the time of the last change of state of each of the commit's own jobs.
    """
    by_image: dict[str, list[Job]] = {}
    for job in jobs:
        if job.image_id is not None:
            by_image.setdefault(job.image_id, []).append(job)
    steps = {job.kind: job for job in jobs if job.image_id is None}
    return CommitSchema(
        id=commit.id,
        created_at=iso(commit.created_at),
        state=overall_state(job.state for job in jobs),
        target=commit.target,
        images=[_image(image, by_image.get(image.id, [])) for image in images],
        inbox=None
        if commit.routing.inbox is None
        else _step(steps["communication"], commit.routing.inbox.recipient_id, None, changed),
        task=None
        if commit.routing.task is None
        else _step(steps["task"], commit.routing.task.assignee_id, commit.routing.task.due, changed),
    )


def _image(image: Image, jobs: list[Job]) -> CommittedImage:
    ids = {job.kind: job.resource_id for job in jobs}
    return CommittedImage(
        image_id=image.id,
        state=image.state,
        title=image.details.title,
        document_reference_id=ids.get("document-reference"),
        media_id=ids.get("media"),
        committed_at=iso_or_none(image.committed_at),
        error=next((_error(job) for job in jobs if job.error is not None), None),
    )


def _step(job: Job, recipient_id: str, due: date | None, changed: Mapping[str, float]) -> StepSchema:
    return StepSchema(
        state=job.state,
        recipient_id=recipient_id,
        due=due,
        resource_id=job.resource_id,
        committed_at=iso_or_none(changed.get(job.id)) if job.state == "committed" else None,
        error=_error(job),
    )


def _error(job: Job) -> ErrorSchema | None:
    error = job.error
    if error is None:
        return None
    return ErrorSchema(
        type=error.slug,
        title=error.title,
        detail=error.detail,
        integrator=error.integrator,
        correlation_id=job.correlation_id,
    )
