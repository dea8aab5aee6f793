"""`clinicpro commit`: files images from disk through the same upload, queue and worker as the widget."""

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nhi import is_nhi
from pydantic import ValidationError
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from clinicpro_images.app.composition import Gateway, open_gateway
from clinicpro_images.app.lifespan import working
from clinicpro_images.commits.commit import MAX_IMAGES_PER_COMMIT
from clinicpro_images.commits.schemas import CommitRequest, CommitSchema, CommittedImage
from clinicpro_images.errors import ClinicProError
from clinicpro_images.images.details import DetailsPatch
from clinicpro_images.images.errors import DetailsError
from clinicpro_images.images.upload import MAX_IMAGES
from clinicpro_images.imaging.errors import ImageTooLarge
from clinicpro_images.imaging.limits import MAX_BYTES
from clinicpro_images.records.errors import PatientUnknown
from clinicpro_images.records.protocol import PatientRecord
from clinicpro_images.sessions.caller import Caller
from clinicpro_images.sessions.errors import PatientAmbiguous
from clinicpro_images.sessions.session import Facility, Provider, Session
from clinicpro_images.settings.settings import Settings

POLL_SECONDS = 0.2
_IN_PROGRESS = frozenset({"queued", "sending"})


@dataclass(frozen=True)
class FileOutcome:
    """What became of one file: either its image in the commit, or why it was refused."""

    file: Path
    image: CommittedImage | None = None
    refusal: ClinicProError | None = None

    @property
    def is_filed(self) -> bool:
        """Whether it is in the record."""
        return self.image is not None and self.image.state == "committed"


async def run(
    settings: Settings, files: list[Path], *, nhi: str, details: dict[str, Any], provider_id: str | None
) -> int:
    """File the images; returns 0 if all of them are in the record."""
    console = Console()
    nhi = nhi.upper()
    if not nhi or not is_nhi(nhi, allow_test_values=settings.environment != "production"):
        raise DetailsError("This is not a valid NHI: its check character is wrong.")
    if len(files) > MAX_IMAGES:
        raise DetailsError(f"At most {MAX_IMAGES} images can be filed at once.")
    patch = _validate(details)
    async with open_gateway(settings) as gateway:
        session = await _open_session(gateway, nhi, provider_id, console)
        try:
            async with working(gateway.worker):
                outcomes = await _file_all(gateway, session, files, patch, console)
        finally:
            await gateway.handoffs.end_session(session, gateway.clock())
    console.print(_table(outcomes))
    return 0 if all(outcome.is_filed for outcome in outcomes) else 1


def _validate(details: dict[str, Any]) -> DetailsPatch:
    try:
        return DetailsPatch.model_validate(details)
    except ValidationError as error:
        names = ", ".join(str(each["loc"][0]) for each in error.errors())
        raise DetailsError(
            f"Not a value that can be filed: {names}. See `clinicpro commit --help`."
        ) from error


async def _open_session(gateway: Gateway, nhi: str, provider_id: str | None, console: Console) -> Session:
    facility_id = gateway.settings.facility_id or ""
    correlation_id = str(uuid.uuid4())
    found = await gateway.alex.patients_by_nhi(nhi, facility_id=facility_id, correlation_id=correlation_id)
    if not found:
        raise PatientUnknown("Medtech finds no patient with this NHI in this practice.")
    if len(found) > 1:
        raise PatientAmbiguous
    name = await gateway.directory.practice_name(facility_id, correlation_id=correlation_id)
    provider = await _provider(gateway, found[0], provider_id, correlation_id)
    console.print(f"Filing at {name} under {provider.name or provider.id}.")
    started = await gateway.launches.open(found[0], provider, Facility(facility_id, name))
    return started.session


async def _provider(
    gateway: Gateway, patient: PatientRecord, provider_id: str | None, correlation_id: str
) -> Provider:
    """Return the provider asked for, else the patient's own GP if ALEX names one, else the practice's first."""
    people = await gateway.directory.practitioners(
        gateway.settings.facility_id or "", correlation_id=correlation_id
    )
    if provider_id is not None:
        chosen = [person for person in people if person.id == provider_id]
        if not chosen:
            raise DetailsError("This practice has no provider with the id given with --provider.")
    else:
        chosen = [person for person in people if person.id == patient.general_practitioner_id] or people
        if not chosen:
            raise DetailsError("This practice lists no provider to file under; give one with --provider.")
    return Provider(chosen[0].id, chosen[0].name)


async def _file_all(
    gateway: Gateway, session: Session, files: list[Path], patch: DetailsPatch, console: Console
) -> list[FileOutcome]:
    refused: list[FileOutcome] = []
    uploaded: dict[str, Path] = {}  # by image id; a second file with the same bytes is the same image
    with Progress(console=console) as progress:
        checking = progress.add_task("Checking images", total=len(files))
        for file in files:
            try:
                uploaded.setdefault(await _upload(gateway, session, file, patch), file)
            except ClinicProError as error:
                refused.append(FileOutcome(file, refusal=error))
            progress.advance(checking)
        image_ids = list(uploaded)
        filing = progress.add_task("Filing", total=len(image_ids), visible=bool(image_ids))
        filed: list[CommittedImage] = []
        for start in range(0, len(image_ids), MAX_IMAGES_PER_COMMIT):
            commit = await _start_commit(gateway, session, image_ids[start : start + MAX_IMAGES_PER_COMMIT])
            while any(image.state in _IN_PROGRESS for image in commit.images):
                await asyncio.sleep(POLL_SECONDS)
                commit = await gateway.commits.show(session.id, commit.id)
                finished = sum(image.state not in _IN_PROGRESS for image in commit.images)
                progress.update(filing, completed=start + finished)
            filed += commit.images
    outcomes = [*refused, *(FileOutcome(uploaded[image.image_id], image=image) for image in filed)]
    return sorted(outcomes, key=lambda outcome: files.index(outcome.file))


async def _upload(gateway: Gateway, session: Session, file: Path, patch: DetailsPatch) -> str:
    """Return the image's id; raises ClinicProError if the file can't be filed."""
    if (await asyncio.to_thread(file.stat)).st_size > MAX_BYTES:
        raise ImageTooLarge
    content = await asyncio.to_thread(file.read_bytes)
    image = (await gateway.uploads.add(Caller(session), content)).image
    if image.state == "staged":
        await gateway.images.describe(Caller(session), image.id, patch)
    return image.id


async def _start_commit(gateway: Gateway, session: Session, image_ids: list[str]) -> CommitSchema:
    request = CommitRequest(image_ids=image_ids)
    return await gateway.commits.commit(session, uuid.uuid4().hex, request, correlation_id=str(uuid.uuid4()))


def _table(outcomes: Sequence[FileOutcome]) -> Table:
    table = Table("File", "State", "Medtech id", "What happened")
    for outcome in outcomes:
        image = outcome.image
        if image is None:
            table.add_row(outcome.file.name, "refused", "", outcome.refusal.detail if outcome.refusal else "")
            continue
        ids = " ".join(filter(None, (image.document_reference_id, image.media_id)))
        what = image.error.detail if image.error else image.title
        table.add_row(outcome.file.name, image.state, ids, what)
    return table
