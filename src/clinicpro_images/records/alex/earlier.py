"""Images that are already in a patient's record: Scan documents found by the patient, each checked to be this patient's.

Nothing public shows what ALEX returns for the Scan folder, so nothing in the response is trusted: an entry whose
subject isn't provably the patient is never shown, and its attachment's key is never used. Before bytes are shown, the
document itself is read too, so that a search's word is never the only one.
"""

import asyncio
import base64
import binascii
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, unquote

from clinicpro_images.records.alex import roles
from clinicpro_images.records.alex.fhir import MAX_LISTED_PAGES, CallContext, FhirClient, parsing, token_query
from clinicpro_images.records.alex.json_body import read_json
from clinicpro_images.records.alex.ownership import Ownership, listed, mapping
from clinicpro_images.records.alex.records import NHI_SYSTEM, is_fhir_id
from clinicpro_images.records.alex.reply_body import Bound
from clinicpro_images.records.alex.transport import Reply
from clinicpro_images.records.errors import (
    RecordSystemForbidden,
    RecordSystemNotFound,
    RecordSystemRejected,
    RecordSystemUnclear,
)
from clinicpro_images.records.protocol import EarlierImage, EarlierImages, ImagePatient

LOINC: Final = "http://loinc.org"
PHOTOGRAPHIC_IMAGE: Final = "72170-4"
CONTENT_TYPES: Final = frozenset({"image/tiff", "image/jpeg", "image/png", "application/pdf"})
MAX_CONTENT_BYTES: Final = 25 * 1024 * 1024

_WITH_BYTES: Final = Bound(most=MAX_CONTENT_BYTES * 4 // 3 + 1024 * 1024)
"""Of a resource that has the bytes in itself, in base64."""

_ALIASES: Final = {"image/tif": "image/tiff", "image/jpg": "image/jpeg"}
_BEGINNINGS: Final = {
    b"II*\x00": "image/tiff",
    b"MM\x00*": "image/tiff",
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"%PDF-": "application/pdf",
}
_PDF_WITHIN: Final = 1024
_TITLE_CHARACTERS: Final = 300
_REFUSALS: Final = (RecordSystemForbidden, RecordSystemRejected, RecordSystemNotFound)


@dataclass(frozen=True)
class _Document:
    """A DocumentReference as found: whether it is provably the patient's, and its image if it has one.

    `is_unknown`: it is a photo of a type that can't be shown.
    """

    id: str
    belongs: bool
    blob_key: str | None
    image: EarlierImage | None = field(repr=False)
    is_unknown: bool = False


class EarlierScans:
    """Lists and reads a patient's Scan documents; implements EarlierReader."""

    def __init__(self, fhir: FhirClient, base_url: str) -> None:
        """`base_url` is the FHIR base; references to another server are not the patient's."""
        self._fhir = fhir
        self._ownership = Ownership(base_url)

    async def earlier_images(
        self, patient: ImagePatient, *, limit: int, facility_id: str, correlation_id: str
    ) -> EarlierImages:
        """Return the newest `limit` images, newest first; raises RecordSystemError.

        Asks by the NHI and the type, the form that Medtech publishes for other folders, then by the record's id. Raises
        RecordSystemForbidden only if ALEX refuses both.
        """
        if not is_fhir_id(patient.id):
            return EarlierImages(())
        context = CallContext(facility_id, correlation_id)
        refusal: Exception | None = None
        for query in _queries(patient):
            try:
                found = await self._fhir.search_pages(
                    roles.LIST_EARLIER,
                    "DocumentReference",
                    query,
                    context,
                    most=MAX_LISTED_PAGES,
                )
            except _REFUSALS as error:
                refusal = refusal or error
                continue
            return self._listing(found.resources, patient, limit=limit, complete=found.complete)
        raise refusal or RecordSystemForbidden

    async def earlier_content(
        self, image: EarlierImage, patient: ImagePatient, *, facility_id: str, correlation_id: str
    ) -> bytes:
        """Return an image's bytes; raises RecordSystemError, RecordSystemUnclear if they aren't what was listed."""
        context = CallContext(facility_id, correlation_id)
        if image.blob_key is None:
            resource = await self._read_document(image, context)
            read = self._read_again(resource, image, patient)
            return _checked(_inline(resource, image), image, read)
        path = f"Binary/{quote(image.blob_key, safe='')}"
        reply, document = await asyncio.gather(
            self._fhir.read_raw(roles.READ_ATTACHMENT, path, context, bound=_WITH_BYTES),
            self._document_if_given(image, context),
        )
        content = self._binary(reply, image, patient)
        if document is None:
            return _checked(content, image)
        read = self._read_again(document, image, patient)
        if any(each.get("data") for each in _attachments(document)) and content != _inline(document, image):
            raise RecordSystemUnclear(integrator="ALEX's attachment is not the one in its document.")
        return _checked(content, image, read)

    async def _read_document(self, image: EarlierImage, context: CallContext) -> dict[str, Any]:
        path = f"DocumentReference/{image.id}"
        return await self._fhir.read(roles.READ_EARLIER, path, context, bound=_WITH_BYTES)

    async def _document_if_given(self, image: EarlierImage, context: CallContext) -> dict[str, Any] | None:
        """Read the document itself; None if ALEX doesn't give it, which contradicts nothing."""
        try:
            return await self._read_document(image, context)
        except _REFUSALS:
            return None

    def _read_again(
        self, resource: Mapping[str, Any], image: EarlierImage, patient: ImagePatient
    ) -> EarlierImage:
        """Return what the document itself says of the image; raises RecordSystemUnclear if the list said otherwise."""
        document = self._document(resource, patient)
        if resource.get("resourceType") != "DocumentReference" or document is None or document.id != image.id:
            raise RecordSystemUnclear(integrator="ALEX's document is not the one that was listed.")
        if not document.belongs or document.image is None:
            raise RecordSystemUnclear(
                integrator="ALEX's document is not this patient's photo, as it was listed."
            )
        if document.blob_key not in {None, image.blob_key}:
            raise RecordSystemUnclear(integrator="ALEX's document has another attachment than was listed.")
        return document.image

    def _binary(self, reply: Reply, image: EarlierImage, patient: ImagePatient) -> bytes:
        """Return the bytes of a Binary, which may come as they are or as a FHIR resource."""
        whose = {"reference": reply.headers.get("X-Security-Context")}
        at = reply.headers.get("Content-Location")
        if at is not None and "Binary/" in at and _key_in(at) != image.blob_key:
            raise RecordSystemUnclear(integrator="ALEX's Binary is not the one that was asked for.")
        content = reply.body
        resource = _json_object(content)
        if resource is not None:
            if resource.get("resourceType") != "Binary":
                raise RecordSystemUnclear(integrator="ALEX's response is not a Binary.")
            if resource.get("id") not in {None, image.blob_key}:
                raise RecordSystemUnclear(integrator="ALEX's Binary is not the one that was asked for.")
            if _content_type(resource.get("contentType")) not in {"", image.content_type}:
                raise RecordSystemUnclear(
                    integrator="ALEX's Binary is of another type than its document says."
                )
            content = _decoded(resource.get("data"))
        claims = (whose, mapping(resource).get("securityContext"))
        if any(self._ownership.contradicts(each, patient, document_id=image.id) for each in claims):
            raise RecordSystemUnclear(integrator="ALEX's Binary belongs to another patient or document.")
        return content

    def _listing(
        self, found: Iterable[Mapping[str, Any]], patient: ImagePatient, *, limit: int, complete: bool
    ) -> EarlierImages:
        read = [self._document(resource, patient) for resource in found]
        documents = [each for each in read if each is not None]
        # An id or a key that also appears with another subject proves nothing about whose it is.
        doubtful_ids = {each.id.casefold() for each in documents if not each.belongs}
        doubtful_keys = {
            each.blob_key.casefold() for each in documents if not each.belongs and each.blob_key is not None
        }
        images = {
            each.id: each.image
            for each in documents
            if each.image is not None
            and each.id.casefold() not in doubtful_ids
            and (each.blob_key is None or each.blob_key.casefold() not in doubtful_keys)
        }
        newest = sorted(images.values(), key=lambda image: (image.date or _LONG_AGO, image.id), reverse=True)
        seen = {each.id for each in documents if each.image is not None}
        return EarlierImages(
            tuple(newest[:limit]),
            unproven=len(seen - images.keys()),
            # What can't be shown is not nothing.
            more=len(newest) > limit
            or not complete
            or None in read
            or any(each.is_unknown for each in documents),
        )

    def _document(self, resource: Mapping[str, Any], patient: ImagePatient) -> _Document | None:
        """Parse a DocumentReference; None if it has no usable id."""
        found_id = resource.get("id")
        if not isinstance(found_id, str) or not is_fhir_id(found_id):
            return None
        belongs = self._ownership.belongs(resource, patient)
        attachment = next(
            (
                each
                for each in _attachments(resource)
                if _content_type(each.get("contentType")) in CONTENT_TYPES
            ),
            None,
        )
        key = None if attachment is None else self._ownership.blob_key(attachment.get("url"))
        if attachment is None or not _is_image(resource, attachment):
            is_unknown = attachment is None and _is_image(resource, {})
            return _Document(found_id, belongs, key, None, is_unknown)
        size = attachment.get("size")
        image = EarlierImage(
            id=found_id,
            title=_title(resource.get("description")) or _title(attachment.get("title")),
            date=_moment(resource.get("date"), attachment.get("creation")),
            content_type=_content_type(attachment.get("contentType")),
            blob_key=key,
            sha1=_sha1(attachment.get("hash")),
            size=size if isinstance(size, int) and not isinstance(size, bool) and size > 0 else None,
        )
        return _Document(found_id, belongs, key, image)


_LONG_AGO: Final = datetime(1, 1, 1, tzinfo=UTC)


def _queries(patient: ImagePatient) -> list[str]:
    photographs = token_query("type", LOINC, PHOTOGRAPHIC_IMAGE)
    by_nhi = [token_query("patient.identifier", NHI_SYSTEM, nhi) for nhi in sorted(patient.nhis)[:1]]
    return [f"{query}&{photographs}" for query in (*by_nhi, f"patient._id={patient.id}")]


def _is_image(resource: Mapping[str, Any], attachment: Mapping[str, Any]) -> bool:
    """Return whether a document is a photographic image: some searches ignore the type they are given."""
    if "entered-in-error" in {resource.get("status"), resource.get("docStatus")}:
        return False
    codings = [each for each in listed(mapping(resource.get("type")).get("coding")) if isinstance(each, dict)]
    codes = {each.get("code") for each in codings if each.get("system") in {None, LOINC}}
    if codings:
        return PHOTOGRAPHIC_IMAGE in codes
    return _content_type(attachment.get("contentType")).startswith("image/")


def _attachments(resource: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    contents = [mapping(each) for each in listed(resource.get("content"))]
    return [mapping(each.get("attachment")) for each in contents]


def _inline(resource: Mapping[str, Any], image: EarlierImage) -> bytes:
    """Return the bytes that are in the document itself; raises RecordSystemUnclear if there are none."""
    for attachment in _attachments(resource):
        if _content_type(attachment.get("contentType")) == image.content_type and attachment.get("data"):
            return _decoded(attachment["data"])
    raise RecordSystemUnclear(
        integrator="ALEX's document has neither a link to its attachment nor its bytes."
    )


def _key_in(location: str) -> str:
    """Return the key in a response's own address, whatever name its server goes by."""
    return unquote(re.split(r"[/?#]", location.rpartition("Binary/")[2], maxsplit=1)[0])


def _checked(content: bytes, *described: EarlierImage) -> bytes:
    """Return bytes that are what list and document say of them; raises RecordSystemUnclear."""
    if not content or len(content) > MAX_CONTENT_BYTES:
        raise RecordSystemUnclear(integrator="ALEX's attachment is empty or larger than 25 MB.")
    digest = hashlib.sha1(content, usedforsecurity=False).digest()
    kind = _kind(content)
    for image in described:
        if image.size not in {None, len(content)} or image.sha1 not in {None, digest}:
            raise RecordSystemUnclear(integrator="ALEX's attachment is not the one that its entry describes.")
        if kind not in {"", image.content_type}:
            raise RecordSystemUnclear(integrator="ALEX's attachment is of another type than its entry says.")
    return content


def _kind(content: bytes) -> str:
    """Return the type that a file's beginning shows, or empty; what it really is, its decoder says."""
    for beginning, kind in _BEGINNINGS.items():
        if content.startswith(beginning):
            return kind
    return "application/pdf" if b"%PDF-" in content[:_PDF_WITHIN] else ""


def _content_type(value: Any) -> str:
    plain = _text(value).partition(";")[0].strip().lower()
    return _ALIASES.get(plain, plain)


def _json_object(body: bytes) -> dict[str, Any] | None:
    """Return the object that a body is, or None: then it is the file itself."""
    if not body[:64].lstrip().startswith(b"{"):
        return None
    try:
        resource = read_json(body)
    except ValueError:
        return None
    return resource if isinstance(resource, dict) else None


def _moment(*values: Any) -> datetime | None:
    """Return the first that is a time, in UTC."""
    for value in values:
        try:
            moment = datetime.fromisoformat(_text(value))
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    return None


def _sha1(value: Any) -> bytes | None:
    """Return FHIR's attachment hash, a SHA-1 in base64; None if there is none."""
    try:
        digest = base64.b64decode(value, validate=True) if isinstance(value, str) else b""
    except (binascii.Error, ValueError):
        return None
    return digest if len(digest) == hashlib.sha1(usedforsecurity=False).digest_size else None


def _decoded(data: Any) -> bytes:
    if not isinstance(data, str):
        raise RecordSystemUnclear(integrator="ALEX's attachment has no bytes.")
    with parsing(roles.READ_ATTACHMENT):
        return base64.b64decode("".join(data.split()), validate=True)


def _title(value: Any) -> str:
    """Return a title on one line, without invisible characters, which could make it read as another."""
    shown = "".join(" " if unicodedata.category(each)[0] in "CZ" else each for each in _text(value)[:2000])
    return " ".join(shown.split())[:_TITLE_CHARACTERS]


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
