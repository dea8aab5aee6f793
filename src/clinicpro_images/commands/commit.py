"""`clinicpro commit`: files images from disk through the same upload, queue and worker as the widget."""

import asyncio
import contextlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nhi import is_nhi
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from clinicpro_images.app.composition import open_gateway
from clinicpro_images.app.gateway import Gateway
from clinicpro_images.app.lifespan import working
from clinicpro_images.commands.commit_options import read_details
from clinicpro_images.commands.commit_review import Review
from clinicpro_images.commands.console import open_console
from clinicpro_images.commits.commit import MAX_IMAGES_PER_COMMIT
from clinicpro_images.commits.doubles import FiledBefore
from clinicpro_images.commits.errors import AlreadyFiled
from clinicpro_images.commits.schemas import CommitRequest, CommitSchema, CommittedImage
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.errors import ClinicProError
from clinicpro_images.images.details import DetailsPatch, apply
from clinicpro_images.images.errors import DetailsError, ImageLocked
from clinicpro_images.images.held import MAX_IMAGES
from clinicpro_images.images.image import Details
from clinicpro_images.imaging.errors import ImageBroken, ImageTooLarge
from clinicpro_images.imaging.limits import MAX_BYTES
from clinicpro_images.records.errors import PatientUnknown
from clinicpro_images.records.protocol import PatientRecord
from clinicpro_images.sessions.caller import Caller
from clinicpro_images.sessions.errors import PatientAmbiguous
from clinicpro_images.sessions.session import Facility, Provider, Session
from clinicpro_images.sessions.usable_record import check_usable
from clinicpro_images.settings.errors import SettingsError
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


@dataclass(frozen=True)
class Request:
    """What the command line asked for; `birth_date` is the patient's second identifier, YYYY-MM-DD."""

    nhi: str
    provider_id: str
    details: Mapping[str, Any]
    birth_date: str | None = None
    confirmed: bool = False
    again: bool = False


async def run(settings: Settings, files: list[Path], request: Request) -> int:
    """Show what would be filed, ask, and file it; returns 0 if all of it is in the record."""
    console = open_console()
    nhi = request.nhi.strip().upper()
    if not nhi or not is_nhi(nhi, allow_test_values=settings.environment != "production"):
        raise SettingsError("--nhi", "is not a valid NHI: its check character is wrong.")
    if len(files) > MAX_IMAGES:
        raise SettingsError("FILE", f"is given too often: at most {MAX_IMAGES} files can be filed at once.")
    patch = read_details(request.details)
    # Nobody stays to write a referral, so no copy of what is filed is kept.
    async with open_gateway(replace(settings, referral_copies=False)) as gateway:
        facility_id, correlation_id = settings.facility_id or "", str(uuid.uuid4())
        details = apply(patch, Details(taken_at=gateway.clock()), now=gateway.clock())
        patient = await _patient(gateway, nhi, request, correlation_id)
        practice = await gateway.directory.practice_name(facility_id, correlation_id=correlation_id)
        provider = await _provider(gateway, request.provider_id, correlation_id)
        filed_before = None if request.again else FiledBefore(gateway.image_store, gateway.trail)
        if filed_before is not None:
            await _refuse_doubles(gateway, filed_before, patient, files)
        unknown = await _unknown_before(gateway, filed_before, patient)
        review = Review(patient, practice, provider, details, files, unknown)
        review.show(console)
        if not (request.confirmed or review.is_confirmed(console)):
            console.print("Nothing was filed.")
            return 1
        started = await gateway.launches.open(patient, provider, Facility(facility_id, practice))
        session = started.session
        try:
            async with working(gateway):
                outcomes = await _file_all(gateway, session, files, patch, console, filed_before)
        finally:
            await _remove_unfiled(gateway, session)
            await gateway.handoffs.end_session(session, gateway.clock())
    console.print(_table(outcomes))
    return 0 if all(outcome.is_filed for outcome in outcomes) else 1


def _why(refusal: ClinicProError | None) -> str:
    """Return what happened and, as no clinician is there, what the person who runs the installation can do."""
    return " ".join(filter(None, (refusal.detail, refusal.integrator))) if refusal else ""


async def _patient(gateway: Gateway, nhi: str, request: Request, correlation_id: str) -> PatientRecord:
    """Return the only record with this NHI; its birth date must be the one given, if one was."""
    found = await gateway.alex.patients_by_nhi(
        nhi, facility_id=gateway.settings.facility_id or "", correlation_id=correlation_id
    )
    if not found:
        raise PatientUnknown("Medtech finds no patient with this NHI in this practice.")
    if len(found) > 1:
        raise PatientAmbiguous
    if request.birth_date is not None and request.birth_date != found[0].birth_date:
        raise DetailsError(
            "The birth date of the patient with this NHI is not the one given with --birth-date. Nothing was filed: "
            "check whose photos these are."
        )
    check_usable(found[0])
    return found[0]


async def _provider(gateway: Gateway, provider_id: str, correlation_id: str) -> Provider:
    """Return the provider with this id; an author is never guessed, because it can't be changed later."""
    people = await gateway.directory.recipients(
        gateway.settings.facility_id or "", correlation_id=correlation_id
    )
    for person in people:
        if person.id.lower() == provider_id.strip().lower():
            return Provider(person.id, person.name)
    listed = "; ".join(f"{person.id} is {person.name or 'without a name'}" for person in people) or "nobody"
    raise DetailsError(
        f"This practice has no provider with the id given with --provider. It lists: {listed}."
    )


async def _refuse_doubles(
    gateway: Gateway, filed_before: FiledBefore, patient: PatientRecord, files: Sequence[Path]
) -> None:
    """Raise AlreadyFiled, naming the files, before anyone is asked; it is checked again when they are filed."""
    hashes = {await asyncio.to_thread(_content_hash, gateway, file): file for file in files}
    facility_id = gateway.settings.facility_id or ""

    def find(work: UnitOfWork) -> dict[str, str]:
        return filed_before.find(
            work.connection,
            facility_id=facility_id,
            patient_id=patient.id,
            patient_key=gateway.session_store.patient_key(facility_id, patient.id),
            hashes=list(hashes),
        )

    found = await gateway.database.write(find)
    if found:
        each = "; ".join(f"{hashes[content_hash].name} {what}" for content_hash, what in found.items())
        raise AlreadyFiled(f"For this patient, {each}. Nothing was filed.")


async def _unknown_before(gateway: Gateway, filed_before: FiledBefore | None, patient: PatientRecord) -> int:
    """Return how many photos of the patient were filed that the files can't be compared with; 0 if that isn't asked."""
    if filed_before is None:
        return 0
    facility_id = gateway.settings.facility_id or ""
    return await gateway.database.read(filed_before.unknown, facility_id=facility_id, patient_id=patient.id)


def _content_hash(gateway: Gateway, file: Path) -> str:
    if file.stat().st_size > MAX_BYTES:
        return gateway.image_store.content_hash(b"")  # refused later, by its size
    return gateway.image_store.content_hash(file.read_bytes())


async def _remove_unfiled(gateway: Gateway, session: Session) -> None:
    """Remove what certainly isn't in the record: the files are still on disk, and nobody is there to be offered them."""
    for image in await gateway.images.images_of(Caller(session)):
        if image.state in {"staged", "failed"}:
            # One that may be in the record after all stays, and needs a clinician.
            with contextlib.suppress(ImageLocked):
                await gateway.images.remove(Caller(session), image.id)


async def _file_all(
    gateway: Gateway,
    session: Session,
    files: list[Path],
    patch: DetailsPatch,
    console: Console,
    filed_before: FiledBefore | None,
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
            batch = image_ids[start : start + MAX_IMAGES_PER_COMMIT]
            commit = await _start_commit(gateway, session, batch, filed_before)
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
    if image.state == "staged" and image.incomplete:
        # In the widget a person sees what is missing; here nobody looks at the photo.
        await gateway.images.remove(Caller(session), image.id)
        raise ImageBroken(
            "Some of this photo could not be read. Export it again, or file it from Evolution, where you see what is missing.",
            integrator="The file ends before its last pixel.",
        )
    if image.state == "staged":
        await gateway.images.describe(Caller(session), image.id, patch)
    return image.id


async def _start_commit(
    gateway: Gateway, session: Session, image_ids: list[str], filed_before: FiledBefore | None
) -> CommitSchema:
    request = CommitRequest(image_ids=image_ids)
    return await gateway.commits.commit(
        session,
        uuid.uuid4().hex,
        request,
        correlation_id=str(uuid.uuid4()),
        filed_before=filed_before,
    )


def _table(outcomes: Sequence[FileOutcome]) -> Table:
    table = Table("File", "State", "Medtech id", "What happened")
    for outcome in outcomes:
        image = outcome.image
        if image is None:
            table.add_row(outcome.file.name, "refused", "", _why(outcome.refusal))
            continue
        ids = " ".join(filter(None, (image.document_reference_id, image.media_id)))
        what = image.error.detail if image.error else image.title
        table.add_row(outcome.file.name, image.state, ids, what)
    return table
