"""Images that are already in a patient's record: Scan documents found by the patient, each checked to be this patient's.

Nothing public shows what ALEX returns for the Scan folder, so nothing in the response is trusted: an entry whose
subject isn't provably the patient is never shown, and its attachment's key is never used.
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, urlsplit

from clinicpro_images.records.alex import roles
from clinicpro_images.records.alex.fhir import MAX_LISTED_PAGES, CallContext, FhirClient, parsing, token_query
from clinicpro_images.records.alex.records import NHI_SYSTEM, is_fhir_id, is_system
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

_MEDTECH_DOMAIN: Final = ".medtechglobal.com"
_BLOB: Final = re.compile(r"(?:^|/)Binary/([^/?#]{1,256})(?:[?#].*)?$")
_HEX_ID: Final = re.compile(r"[0-9a-f]{32}", re.IGNORECASE)


@dataclass(frozen=True)
class _Document:
    """A DocumentReference as found: whether it is provably the patient's, and its image if it has one."""

    id: str
    belongs: bool
    blob_key: str | None
    image: EarlierImage | None = field(repr=False)


class EarlierScans:
    """Lists and reads a patient's Scan documents; implements EarlierReader."""

    def __init__(self, fhir: FhirClient, base_url: str) -> None:
        """`base_url` is the FHIR base; references to another server are not the patient's."""
        self._fhir = fhir
        self._host = urlsplit(base_url).netloc.lower()

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
                    roles.LIST_EARLIER, "DocumentReference", query, context, most=MAX_LISTED_PAGES
                )
            except (RecordSystemForbidden, RecordSystemRejected, RecordSystemNotFound) as error:
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
            content = await self._inline(image, patient, context)
        else:
            path = f"Binary/{quote(image.blob_key, safe='')}"
            content = self._binary(await self._fhir.read_bytes(roles.READ_ATTACHMENT, path, context), patient)
        if not content or len(content) > MAX_CONTENT_BYTES:
            raise RecordSystemUnclear(integrator="ALEX's attachment is empty or larger than 25 MB.")
        if image.sha1 is not None and hashlib.sha1(content, usedforsecurity=False).digest() != image.sha1:
            raise RecordSystemUnclear(integrator="ALEX's attachment is not the one that its entry describes.")
        return content

    async def _inline(self, image: EarlierImage, patient: ImagePatient, context: CallContext) -> bytes:
        """Read the document again, because it has no link to its attachment."""
        resource = await self._fhir.read(roles.READ_EARLIER, f"DocumentReference/{image.id}", context)
        document = self._document(resource, patient)
        if document is None or document.id != image.id or not document.belongs:
            raise RecordSystemUnclear(integrator="ALEX's document is not the one that was listed.")
        for attachment in _attachments(resource):
            if attachment.get("contentType") == image.content_type and attachment.get("data"):
                return _decoded(attachment["data"])
        raise RecordSystemUnclear(
            integrator="ALEX's document has neither a link to its attachment nor its bytes."
        )

    def _binary(self, body: bytes, patient: ImagePatient) -> bytes:
        """Return the bytes of a Binary, which may come as they are or as a FHIR resource."""
        if not body[:64].lstrip().startswith(b"{"):
            return body
        try:
            resource = json.loads(body)
        except ValueError:
            return body
        if not isinstance(resource, dict) or resource.get("resourceType") != "Binary":
            raise RecordSystemUnclear(integrator="ALEX's response is not a Binary.")
        owner = _mapping(resource.get("securityContext")).get("reference")
        if isinstance(owner, str) and "Patient/" in owner and not self._is_patient(owner, patient.id):
            raise RecordSystemUnclear(integrator="ALEX's Binary belongs to another patient.")
        return _decoded(resource.get("data"))

    def _listing(
        self, found: Iterable[Mapping[str, Any]], patient: ImagePatient, *, limit: int, complete: bool
    ) -> EarlierImages:
        documents = [each for resource in found if (each := self._document(resource, patient)) is not None]
        # An id or a key that also appears with another subject proves nothing about whose it is.
        doubtful_ids = {each.id for each in documents if not each.belongs}
        doubtful_keys = {each.blob_key for each in documents if not each.belongs} - {None}
        images = {
            each.id: each.image
            for each in documents
            if each.image is not None and each.id not in doubtful_ids and each.blob_key not in doubtful_keys
        }
        newest = sorted(images.values(), key=lambda image: (image.date or _LONG_AGO, image.id), reverse=True)
        return EarlierImages(
            tuple(newest[:limit]),
            unproven=sum(each.image is not None for each in documents) - len(images),
            more=len(newest) > limit or not complete,
        )

    def _document(self, resource: Mapping[str, Any], patient: ImagePatient) -> _Document | None:
        """Parse a DocumentReference; None if it has no usable id."""
        found_id = resource.get("id")
        if not isinstance(found_id, str) or not is_fhir_id(found_id):
            return None
        belongs = self._belongs(resource.get("subject"), patient)
        attachment = next(
            (each for each in _attachments(resource) if each.get("contentType") in CONTENT_TYPES), None
        )
        key = None if attachment is None else _blob_key(attachment.get("url"))
        if attachment is None or not _is_image(resource, attachment):
            return _Document(found_id, belongs, key, None)
        image = EarlierImage(
            id=found_id,
            title=_text(resource.get("description")) or _text(attachment.get("title")),
            date=_moment(resource.get("date"), attachment.get("creation")),
            content_type=attachment["contentType"],
            blob_key=key,
            sha1=_sha1(attachment.get("hash")),
        )
        return _Document(found_id, belongs, key, image)

    def _belongs(self, subject: Any, patient: ImagePatient) -> bool:
        subject = _mapping(subject)
        reference = subject.get("reference")
        if not isinstance(reference, str) or not self._is_patient(reference, patient.id):
            return False
        if subject.get("type") not in {None, "Patient"}:
            return False
        identifier = _mapping(subject.get("identifier"))
        named = _text(identifier.get("value")).upper()
        contradicts = is_system(identifier.get("system"), NHI_SYSTEM) and named and named not in patient.nhis
        return not contradicts

    def _is_patient(self, reference: str, patient_id: str) -> bool:
        """Return whether a reference, relative or to this server, is to exactly this patient."""
        parts = urlsplit(reference.strip())
        host = parts.netloc.lower()
        if parts.query or parts.fragment or parts.scheme not in {"", "http", "https"}:
            return False
        if host not in {"", self._host} and not host.endswith(_MEDTECH_DOMAIN):
            return False
        steps = parts.path.strip("/").split("/")
        if len(steps) > 2 and steps[-2] == "_history":  # noqa: PLR2004 - Patient/{id}/_history/{version}
            steps = steps[:-2]
        if len(steps) < 2 or steps[-2] != "Patient":  # noqa: PLR2004 - Patient/{id}
            return False
        if _HEX_ID.fullmatch(patient_id):
            return steps[-1].lower() == patient_id.lower()
        return steps[-1] == patient_id


_LONG_AGO: Final = datetime(1, 1, 1, tzinfo=UTC)


def _queries(patient: ImagePatient) -> list[str]:
    photographs = token_query("type", LOINC, PHOTOGRAPHIC_IMAGE)
    by_nhi = [token_query("patient.identifier", NHI_SYSTEM, nhi) for nhi in sorted(patient.nhis)[:1]]
    return [f"{query}&{photographs}" for query in (*by_nhi, f"patient._id={patient.id}")]


def _is_image(resource: Mapping[str, Any], attachment: Mapping[str, Any]) -> bool:
    """Return whether a document is a photographic image: some searches ignore the type they are given."""
    if resource.get("status") == "entered-in-error":
        return False
    codings = [each for each in _list(_mapping(resource.get("type")).get("coding")) if isinstance(each, dict)]
    codes = {each.get("code") for each in codings if each.get("system") in {None, LOINC}}
    if codings:
        return PHOTOGRAPHIC_IMAGE in codes
    return _text(attachment.get("contentType")).startswith("image/")


def _attachments(resource: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    contents = [_mapping(each) for each in _list(resource.get("content"))]
    return [_mapping(each.get("attachment")) for each in contents]


def _blob_key(url: Any) -> str | None:
    """Return the key of `Binary/{key}`; only the key is used, so that a link can't send the token to another host."""
    found = _BLOB.search(url) if isinstance(url, str) else None
    return found[1] if found and ".." not in found[1] else None


def _moment(*values: Any) -> datetime | None:
    for value in values:
        try:
            moment = datetime.fromisoformat(_text(value))
        except ValueError:
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
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


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
