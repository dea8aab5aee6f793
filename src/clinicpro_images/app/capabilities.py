"""`/api/capabilities`: limits, lists, and what this practice's connection supports."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import Field
from sqlalchemy import Connection

from clinicpro_images.commits.commit import MAX_IMAGES_PER_COMMIT
from clinicpro_images.commits.sight import overall
from clinicpro_images.commits.sight_store import SightStore
from clinicpro_images.db.database import Database
from clinicpro_images.images.held import MAX_IMAGES
from clinicpro_images.images.schemas import CodingSchema, coding_schema
from clinicpro_images.imaging.inspect import ACCEPTED_TYPES
from clinicpro_images.imaging.limits import MAX_BYTES, MAX_PIXELS
from clinicpro_images.records.directory import Directory
from clinicpro_images.records.errors import RecordSystemError
from clinicpro_images.records.protocol import Action, ImageTarget, RecordReader
from clinicpro_images.schemas import Schema, iso_or_none
from clinicpro_images.sessions.caller import Caller
from clinicpro_images.sessions.schemas import NamedSchema
from clinicpro_images.settings.parsers import CommitTarget
from clinicpro_images.terminology.body_sites import BODY_SITES
from clinicpro_images.terminology.consent import CONSENT_BY, CONSENT_SCOPES
from clinicpro_images.terminology.laterality import LATERALITIES
from clinicpro_images.terminology.sites.site import Sides
from clinicpro_images.terminology.types import TYPES
from clinicpro_images.terminology.views import VIEWS
from clinicpro_images.web.examples import ExampleSchema

_RECIPIENTS_WAIT_SECONDS = 1.0

WARN_IMAGES = 15


class Limits(Schema):
    """Sizes in bytes and pixels, and counts."""

    max_bytes: int
    max_pixels: int
    max_images: Annotated[int, Field(alias="maxPictures")]
    warn_images: Annotated[int, Field(alias="warnPictures")]
    max_per_commit: int


class BodySiteSchema(CodingSchema):
    """A body site that the widget offers."""

    common: bool
    synonyms: list[str]
    sides: Sides


class TermSchema(Schema):
    """A term of the consent lists."""

    code: str
    display: str


class ConsentLists(Schema):
    """Who can consent, and to what."""

    by: list[TermSchema]
    scope: list[TermSchema]


class Offer(Schema):
    """Whether something is available, and if not, why; `certain` is false while the token's roles can't be read."""

    available: bool
    reason: str = ""
    certain: bool = True


class SightSchema(Schema):
    """Whether a search can tell that something is not in the record: what a lost answer leads to.

    `proven`: it is looked for, and sent again if it is not there. `blind` (searches don't show what was filed),
    `refused` and `unknown` (nothing was filed yet): the clinician is asked.
    """

    state: Literal["proven", "blind", "refused", "unknown"]
    checked_at: str | None = None


class CapabilitiesSchema(Schema):
    """What the widget needs to know before it is used."""

    limits: Limits
    accepted_types: list[str]
    commit_target: CommitTarget
    targets: dict[str, Offer]
    body_sites: list[BodySiteSchema]
    lateralities: list[CodingSchema]
    views: list[CodingSchema]
    types: list[CodingSchema]
    consent: ConsentLists
    inbox: Offer
    task: Offer
    earlier_images: Offer
    sight: dict[str, SightSchema]
    recipients: list[NamedSchema]
    examples: list[ExampleSchema]


def capability_routes(
    *,
    caller: Callable[[Request], Awaitable[Caller]],
    records: RecordReader,
    directory: Directory,
    database: Database,
    sights: SightStore,
    target: CommitTarget,
    examples: list[ExampleSchema],
) -> APIRouter:
    """Return the route; `caller` finds who is calling, desktop or phone."""
    router = APIRouter(tags=["capabilities"])

    Either = Annotated[Caller, Depends(caller)]  # noqa: N806 - a type, made here because of `caller`

    @router.get("/api/capabilities", summary="Limits, lists, and what can be filed here")
    async def capabilities(request: Request, caller: Either) -> CapabilitiesSchema:
        # A phone sends no messages, so it gets no list of recipients.
        of_desktop = caller.handoff_id is None
        permitted, recipients = await asyncio.gather(
            _permitted(records),
            _recipients(directory, caller.session.facility.id, request.state.correlation_id)
            if of_desktop
            else _nobody(),
        )
        return CapabilitiesSchema(
            limits=Limits(
                max_bytes=MAX_BYTES,
                max_pixels=MAX_PIXELS,
                max_images=MAX_IMAGES,
                warn_images=WARN_IMAGES,
                max_per_commit=MAX_IMAGES_PER_COMMIT,
            ),
            accepted_types=list(ACCEPTED_TYPES),
            commit_target=target,
            targets={"scan": _offer("write-scan", permitted), "media": _offer("write-media", permitted)},
            body_sites=[
                BodySiteSchema(
                    system=site.coding.system,
                    code=site.coding.code,
                    display=site.coding.display,
                    common=site.common,
                    synonyms=list(site.synonyms),
                    sides=site.sides,
                )
                for site in BODY_SITES
            ],
            lateralities=[coding_schema(each) for each in LATERALITIES],
            views=[coding_schema(each) for each in VIEWS],
            types=[coding_schema(each) for each in TYPES],
            consent=ConsentLists(
                by=[TermSchema(code=term.code, display=term.display) for term in CONSENT_BY],
                scope=[TermSchema(code=term.code, display=term.display) for term in CONSENT_SCOPES],
            ),
            inbox=_offer("send-message", permitted),
            task=_offer("create-task", permitted),
            earlier_images=_offer("read-earlier", permitted),
            sight=await database.read(_sight, sights, caller.session.facility.id),
            recipients=recipients,
            examples=examples if of_desktop else [],
        )

    return router


def _sight(connection: Connection, sights: SightStore, facility_id: str) -> dict[str, SightSchema]:
    targets: tuple[ImageTarget, ...] = ("scan", "media")
    known = {target: sights.of(connection, facility_id, target) for target in targets}
    return {
        target: SightSchema(
            state=overall(found) or "unknown",
            checked_at=iso_or_none(max((sight.checked_at for sight in found.values()), default=None)),
        )
        for target, found in known.items()
    }


async def _permitted(records: RecordReader) -> frozenset[Action] | None:
    try:
        return await records.permitted_actions()
    except RecordSystemError:
        return None


async def _recipients(directory: Directory, facility_id: str, correlation_id: str) -> list[NamedSchema]:
    try:
        async with asyncio.timeout(_RECIPIENTS_WAIT_SECONDS):
            people = await directory.recipients(facility_id, correlation_id=correlation_id)
    except (RecordSystemError, TimeoutError):
        # The patient's name doesn't wait for this list, which is fetched again when the review opens.
        return []
    return [NamedSchema(id=person.id, name=person.name) for person in people]


async def _nobody() -> list[NamedSchema]:
    return []


def _offer(action: Action, permitted: frozenset[Action] | None) -> Offer:
    if permitted is None:
        return Offer(available=False, reason="Medtech can't be reached at the moment.", certain=False)
    if action in permitted:
        return Offer(available=True)
    return Offer(available=False, reason="Medtech has not granted this installation the role for this.")
