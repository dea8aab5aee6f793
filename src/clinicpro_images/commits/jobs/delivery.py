"""Delivers a job: fits the image, or builds the message or task, and writes it to the record system."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy import Connection

from clinicpro_images.commits.commit import Commit
from clinicpro_images.commits.errors import ImagesNotCommitted, OriginalNotCommitted
from clinicpro_images.commits.jobs.reconciliation import Reconciliation
from clinicpro_images.commits.jobs.store import LeasedJob
from clinicpro_images.commits.sight import SearchOutcome
from clinicpro_images.commits.store import CommitStore
from clinicpro_images.db.database import Database
from clinicpro_images.fair_queue import on_behalf_of
from clinicpro_images.images.image import BodySiteText, Image
from clinicpro_images.images.image_files import PackedBlobs
from clinicpro_images.images.renditions import fit_for
from clinicpro_images.images.store import ImageStore
from clinicpro_images.images.stored_files import StoredFiles
from clinicpro_images.imaging.limits import FitLimits
from clinicpro_images.imaging.worker.pool import ImageWorkers
from clinicpro_images.records.errors import RecordSystemError
from clinicpro_images.records.protocol import (
    ImageTarget,
    NewImage,
    NewMessage,
    NewTask,
    PreparedWrite,
    RecordWriter,
    WriteContext,
)
from clinicpro_images.terminology import types, views
from clinicpro_images.terminology.coding import Coding

_NOUNS = {"communication": "message", "task": "task"}


class JobDelivery(Protocol):
    """What the worker needs to deliver a job."""

    async def prepare(self, leased: LeasedJob) -> PreparedWrite:
        """Build the resource to be written; raises ClinicProError if that is impossible."""

    async def send(self, leased: LeasedJob, prepared: PreparedWrite) -> str:
        """Write it and return its id in the record; raises RecordSystemError."""

    async def look(self, leased: LeasedJob) -> SearchOutcome:
        """Return what is known of an earlier attempt's resource; raises RecordSystemError if that may change."""

    async def seen(self, leased: LeasedJob) -> SearchOutcome:
        """Return what searches that are proven able to see show of an earlier attempt's resource; raises RecordSystemError."""


class Delivery:
    """Delivers jobs of every kind."""

    def __init__(
        self,
        *,
        records: RecordWriter,
        database: Database,
        images: ImageStore,
        commits: CommitStore,
        blobs: PackedBlobs,
        reconciliation: Reconciliation,
        limits: FitLimits,
        workers: ImageWorkers,
        latest_date: Callable[[], float] = lambda: math.inf,
    ) -> None:
        """`workers` fit images to `limits`; no date later than `latest_date` is sent, in seconds since 1970."""
        self._latest_date = latest_date
        self._reconciliation = reconciliation
        self._limits = limits
        self._records = records
        self._database = database
        self._images = images
        self._commits = commits
        self._files = StoredFiles(database=database, store=images, blobs=blobs)
        self._workers = workers

    async def prepare(self, leased: LeasedJob) -> PreparedWrite:
        """Build the resource to be written; raises ImageError, NotFound or OriginalNotCommitted if that is impossible."""
        job, new = leased.job, await self._new(leased)
        return self._records.prepare(
            new,
            WriteContext(
                identifier=job.identifier,
                patient_id=leased.session.patient.id,
                provider_id=leased.session.provider.id,
                facility_id=job.facility_id,
                correlation_id=job.correlation_id,
                nhi=leased.session.patient.nhi or "",
            ),
        )

    async def send(self, leased: LeasedJob, prepared: PreparedWrite) -> str:
        """Write it and return its id in the record; raises RecordSystemError."""
        with _reworded(leased):
            return await self._records.write(prepared)

    async def look(self, leased: LeasedJob) -> SearchOutcome:
        """Return what is known of an earlier attempt's resource; raises RecordSystemError if that may change."""
        with _reworded(leased):
            finding = await self._reconciliation.look(leased)
        if finding.cause is not None:
            _reword(finding.cause, leased)
        return finding

    async def seen(self, leased: LeasedJob) -> SearchOutcome:
        """Return what searches that are proven able to see show of an earlier attempt's resource; raises RecordSystemError."""
        with _reworded(leased):
            return await self._reconciliation.seen(leased)

    async def _new(self, leased: LeasedJob) -> NewImage | NewMessage | NewTask:
        if leased.image is not None:
            if leased.job.kind == "media":
                return await self._image("media", leased, leased.image, None)
            return await self._image("scan", leased, leased.image, _document_of_original(leased))
        commit, titles = await self._database.read(self._load, leased)
        if leased.job.kind == "communication":
            message = commit.routing.inbox
            assert message is not None  # noqa: S101 - a commit without a message has no such job
            text = "\n".join(filter(None, (message.note, *titles)))
            return NewMessage(recipient_id=message.recipient_id, sent=self._date(commit), text=text)
        follow_up = commit.routing.task
        assert follow_up is not None  # noqa: S101 - a commit without a task has no such job
        return NewTask(
            assignee_id=follow_up.assignee_id,
            authored=self._date(commit),
            description="\n".join(filter(None, (follow_up.note, *titles))),
            due=follow_up.due,
        )

    def _date(self, commit: Commit) -> datetime:
        return datetime.fromtimestamp(min(commit.created.timestamp(), self._latest_date()), UTC)

    async def _image(
        self, target: ImageTarget, leased: LeasedJob, image: Image, original_id: str | None
    ) -> NewImage:
        # What was taken while the clock was wrong must not be filed with a date in the future.
        taken_at = min(image.details.taken_at, self._latest_date())
        image = image.described(replace(image.details, taken_at=taken_at))
        details = image.details
        files = await self._files.of(image)
        with on_behalf_of(leased.session.id):
            fitted = await fit_for(target, image, files, limits=self._limits, workers=self._workers)
        return NewImage(
            target=target,
            taken=image.taken,
            title=details.title,
            content_type=fitted.content_type,
            parts=fitted.parts,
            body_site=_body_site(image),
            laterality=details.laterality,
            view=None if details.view is None else views.view(details.view),
            type=None if details.type is None else types.image_type(details.type),
            notes=details.notes,
            transforms=original_id,
        )

    def _load(self, connection: Connection, leased: LeasedJob) -> tuple[Commit, list[str]]:
        """Return the commit and the titles of its images, all of which must be filed; raises ImagesNotCommitted."""
        job = leased.job
        commit = self._commits.get(connection, job.session_id, job.commit_id)
        image_ids = self._commits.image_ids(connection, job.commit_id)
        found = self._images.several(connection, job.session_id, image_ids)
        if any(image_id not in found or found[image_id].state != "committed" for image_id in image_ids):
            raise ImagesNotCommitted
        return commit, [found[image_id].details.title for image_id in image_ids]


@contextmanager
def _reworded(leased: LeasedJob) -> Iterator[None]:
    try:
        yield
    except RecordSystemError as error:
        _reword(error, leased)
        raise


def _reword(error: RecordSystemError, leased: LeasedJob) -> None:
    """Let an error speak of what the job writes, and not repeat what we sent: it is stored and shown."""
    error.redact(leased.session.patient.identifiers)
    if leased.job.kind in _NOUNS:
        error.named(_NOUNS[leased.job.kind])


def _document_of_original(leased: LeasedJob) -> str | None:
    """Return the id in the record of the original that this job's image was edited from; None if it isn't there.

    Raises OriginalNotCommitted if filing the original failed, because the copy would lack the reference to it.
    """
    original = leased.original
    if original is None:
        return None
    if original.state != "committed" and leased.original_here:
        raise OriginalNotCommitted
    return original.resource_id


def _body_site(image: Image) -> Coding | str | None:
    site = image.details.body_site
    return site.text if isinstance(site, BodySiteText) else site
