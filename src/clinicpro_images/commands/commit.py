"""`clinicpro commit`: files from disk through the same intake, queue and worker as the widget's."""

import asyncio
import uuid
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
from clinicpro_images.commits.schemas import CommitRequest, CommitSchema
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

LOOK_EVERY = 0.2


async def run(
    settings: Settings, files: list[Path], *, nhi: str, patch: dict[str, Any], provider_id: str | None
) -> int:
    """File the pictures; returns 0 when every one of them is in the record."""
    console = Console()
    nhi = nhi.upper()
    if not nhi or not is_nhi(nhi, allow_test_values=settings.environment != "production"):
        raise DetailsError("This is not a valid NHI: its check character does not fit.")
    if len(files) > MAX_IMAGES:
        raise DetailsError(f"At most {MAX_IMAGES} pictures can be filed in one go.")
    details = _details(patch)
    async with open_gateway(settings) as gateway:
        session = await _session(gateway, nhi, provider_id, console)
        try:
            async with working(gateway.worker):
                views = await _file(gateway, session, files, details, console)
        finally:
            await gateway.handoffs.end_session(session, gateway.clock())
    return _report(console, views)


def _details(patch: dict[str, Any]) -> DetailsPatch:
    try:
        return DetailsPatch.model_validate(patch)
    except ValidationError as error:
        named = ", ".join(str(each["loc"][0]) for each in error.errors())
        raise DetailsError(
            f"Not a value that can be filed: {named}. See `clinicpro commit --help`."
        ) from error


async def _session(gateway: Gateway, nhi: str, provider_id: str | None, console: Console) -> Session:
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
    people = await gateway.directory.practitioners(
        gateway.settings.facility_id or "", correlation_id=correlation_id
    )
    if provider_id is not None:
        chosen = [person for person in people if person.id == provider_id]
        if not chosen:
            raise DetailsError("This practice has no provider with the id given with --provider.")
    else:
        # The patient's own GP where ALEX names one; else the first, and the line printed says who.
        chosen = [person for person in people if person.id == patient.general_practitioner_id] or people
        if not chosen:
            raise DetailsError("This practice lists no provider to file under; give one with --provider.")
    return Provider(chosen[0].id, chosen[0].name)


async def _file(
    gateway: Gateway, session: Session, files: list[Path], details: DetailsPatch, console: Console
) -> list[tuple[Path, CommitSchema | ClinicProError, str]]:
    outcome: dict[str, tuple[Path, CommitSchema | ClinicProError]] = {}
    with Progress(console=console) as progress:
        taking = progress.add_task("Checking pictures", total=len(files))
        for file in files:
            try:
                image_id = await _take(gateway, session, file, details)
                outcome.setdefault(image_id, (file, ClinicProError()))
            except ClinicProError as error:
                outcome[f"refused:{file}"] = (file, error)
            progress.advance(taking)
        ids = [image_id for image_id in outcome if not image_id.startswith("refused:")]
        filing = progress.add_task("Filing", total=len(ids), visible=bool(ids))
        for start in range(0, len(ids), MAX_IMAGES_PER_COMMIT):
            batch = ids[start : start + MAX_IMAGES_PER_COMMIT]
            view = await gateway.commits.commit(
                session, uuid.uuid4().hex, CommitRequest(image_ids=batch), correlation_id=str(uuid.uuid4())
            )
            while any(image.state in {"queued", "sending"} for image in view.images):
                await asyncio.sleep(LOOK_EVERY)
                view = await gateway.commits.show(session.id, view.id)
                done = sum(image.state not in {"queued", "sending"} for image in view.images)
                progress.update(filing, completed=start + done)
            outcome |= {image_id: (outcome[image_id][0], view) for image_id in batch}
    return [(file, result, image_id) for image_id, (file, result) in outcome.items()]


async def _take(gateway: Gateway, session: Session, file: Path, details: DetailsPatch) -> str:
    if (await asyncio.to_thread(file.stat)).st_size > MAX_BYTES:
        raise ImageTooLarge
    content = await asyncio.to_thread(file.read_bytes)
    image = (await gateway.uploads.add(Caller(session), content)).image
    if image.state == "staged":
        await gateway.images.describe(Caller(session), image.id, details)
    return image.id


def _report(console: Console, results: list[tuple[Path, CommitSchema | ClinicProError, str]]) -> int:
    table = Table("File", "State", "Medtech id", "What happened")
    failed = 0
    for file, result, image_id in results:
        if isinstance(result, ClinicProError):
            failed += 1
            table.add_row(file.name, "refused", "", result.detail)
            continue
        image = next(image for image in result.images if image.image_id == image_id)
        failed += image.state != "committed"
        ids = " ".join(filter(None, (image.document_reference_id, image.media_id)))
        table.add_row(file.name, image.state, ids, image.error.detail if image.error else image.title)
    console.print(table)
    return 1 if failed else 0
