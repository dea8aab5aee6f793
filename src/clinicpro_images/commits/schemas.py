"""The JSON of commits, requests and responses."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from clinicpro_images.commits.commit import TARGET_OF, Commit
from clinicpro_images.commits.jobs.job import WAITING, Job, JobError, JobKind, JobState, overall_state
from clinicpro_images.commits.outlook import OutlookOf, earliest
from clinicpro_images.images.image import Image
from clinicpro_images.records.protocol import ImageTarget
from clinicpro_images.schemas import Day, Schema, iso, iso_or_none
from clinicpro_images.sessions.image_states import ImageState

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
    due: Day | None = None
    note: _Note = ""


class CommitRequest(Schema):
    """The body of `POST /api/commits`."""

    image_ids: list[_Id] = Field(max_length=100)
    inbox: InboxRequest | None = None
    task: TaskRequest | None = None


class ResolveRequest(Schema):
    """The clinician's answer about a resource that may be in the record."""

    answer: Literal["in-inbox", "send-again"]


class ResolveImageRequest(ResolveRequest):
    """The clinician's answer about an image; `target` is the one of several that it is about, null for all."""

    target: ImageTarget | None = None


class ErrorSchema(Schema):
    """Why something is not filed; `integrator` is for the person who runs the connection."""

    type: str
    title: str
    detail: str
    integrator: str
    correlation_id: str


class WaitingSchema(Schema):
    """How often it was tried, when it is tried next, and until when; null once that is decided or not known yet."""

    attempts: int
    next_attempt_at: str | None
    gives_up_at: str | None


class CommittedImage(WaitingSchema):
    """An image's progress. `error` is why it isn't filed, from the first failed attempt on.

    `to_check` are those of several targets that may have it: each needs an answer of its own.
    """

    image_id: str
    state: ImageState
    title: str
    document_reference_id: str | None
    media_id: str | None
    committed_at: str | None
    to_check: list[ImageTarget]
    error: ErrorSchema | None


class StepSchema(WaitingSchema):
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

    def with_staged(self, image_id: str) -> "CommitSchema":
        """Return the same with one image staged again."""
        staged: dict[str, object] = {"state": "staged", "error": None, "to_check": []}
        images = [
            each.model_copy(update=staged) if each.image_id == image_id else each for each in self.images
        ]
        return self.model_copy(update={"images": images})

    @property
    def is_under_way(self) -> bool:
        """Whether anything of it is being sent or waits to be."""
        steps = [step.state for step in (self.inbox, self.task) if step is not None]
        return any(state in WAITING for state in [*(image.state for image in self.images), *steps])


def commit_schema(
    commit: Commit,
    images: list[Image],
    jobs: list[Job],
    *,
    changed: Mapping[str, float],
    outlook_of: OutlookOf,
) -> CommitSchema:
    """Build the JSON of a commit from its images, in order, and all their jobs and the commit's own.

    `changed` has the time of the last change of state of each of the commit's own jobs; `outlook_of` looks ahead for
    those that wait.
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
        images=[_image(image, by_image.get(image.id, []), outlook_of) for image in images],
        inbox=None
        if commit.routing.inbox is None
        else _step(steps["communication"], commit.routing.inbox.recipient_id, None, changed, outlook_of),
        task=None
        if commit.routing.task is None
        else _step(
            steps["task"], commit.routing.task.assignee_id, commit.routing.task.due, changed, outlook_of
        ),
    )


def _image(image: Image, jobs: Sequence[Job], outlook_of: OutlookOf) -> CommittedImage:
    ids = {job.kind: job.resource_id for job in jobs}
    return CommittedImage(
        **_partly(image, ids, _waiting(jobs, outlook_of)),
        image_id=image.id,
        state=image.state,
        title=image.details.title,
        document_reference_id=ids.get("document-reference"),
        media_id=ids.get("media"),
        committed_at=iso_or_none(image.committed_at),
        to_check=_to_check(jobs),
    )


def _to_check(jobs: Sequence[Job]) -> list[ImageTarget]:
    """Return what is asked about one by one: after a restore, one answer is for all."""
    if len(jobs) == 1 or any(job.state in WAITING or job.before_restore for job in jobs):
        return []
    return sorted((TARGET_OF[job.kind] for job in jobs if job.state == "unverified"), reverse=True)


def _step(
    job: Job, recipient_id: str, due: date | None, changed: Mapping[str, float], outlook_of: OutlookOf
) -> StepSchema:
    return StepSchema(
        **_waiting([job], outlook_of),
        state=job.state,
        recipient_id=recipient_id,
        due=due,
        resource_id=job.resource_id,
        committed_at=iso_or_none(changed.get(job.id)) if job.state == "committed" else None,
    )


def _partly(image: Image, ids: Mapping[JobKind, str | None], waiting: dict[str, Any]) -> dict[str, Any]:
    """Say which target has an image already that another one has not."""
    error = waiting["error"]
    if image.state != "partly" or error is None:
        return waiting
    there, missing = ("Scan", "Media") if ids.get("document-reference") else ("Media", "Scan")
    detail = f"Inbox {there} has this photo; Inbox {missing} doesn't. Retry sends only what is missing. {error.detail}"
    return waiting | {"error": error.model_copy(update={"title": "Partly filed", "detail": detail})}


def _waiting(jobs: Sequence[Job], outlook_of: OutlookOf) -> dict[str, Any]:
    outlooks = [(job, outlook_of(job)) for job in jobs]
    combined = earliest(outlook for _, outlook in outlooks)
    return {
        "attempts": max((job.attempt for job in jobs), default=0),
        "next_attempt_at": iso_or_none(combined.next_attempt_at),
        "gives_up_at": iso_or_none(combined.gives_up_at),
        "error": next((_error(job, each.error) for job, each in outlooks if each.error is not None), None),
    }


def _error(job: Job, error: JobError) -> ErrorSchema:
    return ErrorSchema(
        type=error.slug,
        title=error.title,
        detail=error.detail,
        integrator=error.integrator,
        correlation_id=job.correlation_id,
    )
