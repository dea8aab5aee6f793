"""All that is stored of an image, in one encrypted file: what was sent, its renditions, and what will be filed."""

import json
import struct
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, NoReturn

import structlog

from clinicpro_images.errors import StorageUnavailable
from clinicpro_images.fair_queue import ON_BEHALF_OF, FairQueue
from clinicpro_images.images.blob_store.protocol import OwnedBlobStore
from clinicpro_images.images.errors import ImageDamaged, ImageMissing
from clinicpro_images.imaging.limits import LARGE_STORED_BYTES, FitLimits, FitTarget, document_bytes
from clinicpro_images.imaging.passthrough import passthrough_media, passthrough_scan, wrap_in_tiff
from clinicpro_images.imaging.results import FittedImage, Intake, Outcome

_MAGIC: Final = b"CPIF\x00\x00\x00\x01"
_LENGTH: Final = struct.Struct(">I")
_PARTS: Final = ("original", "view", "thumb", "fitted")
_PDF: Final = "application/pdf"
LARGE_BYTES: Final = 4_000_000
"""An image from this size on takes its file's size several times while it is read; most have less than 1 MB."""
_LARGE_AT_ONCE: Final = 2
"""How many of those are read at once: one of them at most for one session, however often that asks."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Fit:
    """What filing does to the image, as the intake computed it for these limits."""

    limits: FitLimits
    width: int
    height: int
    quality: int | None
    encodes: int
    outcome: Outcome
    done: str


@dataclass(frozen=True)
class DocumentFit:
    """How a document is filed under `limit` bytes, as the intake computed it; empty `content`: as it is stored.

    `width` and `height` are those of the stored document.
    """

    limit: int
    width: int
    height: int
    done: str
    content: bytes = b""


@dataclass(frozen=True)
class ImageFiles:
    """The stored image (`original`), its renditions, and the fitted JPEG.

    With a `fit`, an empty `view` or `fitted` means that the stored image serves as it is; without, that there is none.
    A document has no `fit`; how it is filed to each inbox is in `documents`.
    """

    original: bytes
    view: bytes = b""
    thumb: bytes = b""
    fitted: bytes = b""
    fit: Fit | None = None
    documents: dict[FitTarget, DocumentFit] = field(default_factory=dict)

    @property
    def shown(self) -> bytes:
        """What is shown large; empty if it has to be made."""
        return self.view or (self.original if self.fit is not None else b"")

    def scan(self, content_type: str, *, description: str, limits: FitLimits) -> FittedImage | None:
        """Return what is filed as a scan if it has been computed already; None if it hasn't."""
        if content_type == _PDF:
            return self._document("scan", limits)
        fitted = self._jpeg(limits)
        if fitted is None:
            return None
        if not self.fitted:
            return passthrough_scan(self.original, content_type, description=description, limits=limits)
        wrapped = wrap_in_tiff(fitted, description)
        return wrapped if wrapped.size < limits.aim_bytes else None

    def media(self, content_type: str, *, limits: FitLimits) -> FittedImage | None:
        """Return what is filed as media if it has been computed already; None if it hasn't."""
        if content_type == _PDF:
            return self._document("media", limits)
        fitted = self._jpeg(limits)
        if fitted is None or self.fitted:
            return fitted
        return passthrough_media(self.original, content_type, limits=limits)

    def _document(self, target: FitTarget, limits: FitLimits) -> FittedImage | None:
        fit = self.documents.get(target)
        if fit is None or fit.limit != document_bytes(target, limits):  # the limits were changed since
            return None
        parts = (fit.content or self.original,)
        return FittedImage(parts, _PDF, fit.width, fit.height, None, unchanged=not fit.content, done=fit.done)

    def _jpeg(self, limits: FitLimits) -> FittedImage | None:
        fit = self.fit
        if fit is None or fit.limits != limits:  # the limits were changed since
            return None
        parts = (self.fitted or self.original,)
        return FittedImage(
            parts, "image/jpeg", fit.width, fit.height, fit.quality, unchanged=not fit.encodes, done=fit.done
        )


def files_of(intake: Intake, limits: FitLimits) -> ImageFiles:
    """Return the files of an image that has been taken in with these limits."""
    image = intake.image
    if image.content_type == _PDF:
        documents = {
            each.target: DocumentFit(
                document_bytes(each.target, limits), image.width, image.height, each.done, each.content
            )
            for each in intake.documents
        }
        return ImageFiles(image.content, intake.view, intake.thumb, documents=documents)
    fit = Fit(
        limits,
        intake.fitted_width,
        intake.fitted_height,
        intake.quality,
        intake.encodes,
        intake.outcome,
        intake.done,
    )
    return ImageFiles(image.content, intake.view, intake.thumb, intake.fitted, fit)


class PackedBlobs:
    """A blob store whose contents are packed `ImageFiles`; `read` returns the image itself.

    One file and one key for all of an image: stored, moved and destroyed together.
    """

    def __init__(
        self,
        blobs: OwnedBlobStore,
        *,
        on_damaged: Callable[[], None] = lambda: None,
        is_careful: Callable[[], bool] = lambda: False,
    ) -> None:
        """Pack what is stored in `blobs`; `on_damaged` is called with each read of an image that is damaged or missing.

        While it `is_careful`, what is removed can be read from the trash for a day.
        """
        self._blobs = blobs
        self._on_damaged = on_damaged
        self._is_careful = is_careful
        self._large = FairQueue(_LARGE_AT_ONCE)

    async def prepare(self) -> None:
        """Create the store if it is missing, where that is possible."""
        await self._blobs.prepare()

    async def check(self) -> None:
        """Write a test object, read it back and remove it; raises StorageUnavailable if that fails."""
        await self._blobs.check()

    async def write(self, name: str, content: bytes) -> bytes:
        """Store an image without renditions; return the wrapped key that decrypts it."""
        return await self.write_files(name, ImageFiles(content))

    async def read(self, name: str, wrapped_key: bytes) -> bytes:
        """Return the image; raises NotFound if it is gone."""
        return (await self.read_files(name, wrapped_key)).original

    async def write_files(self, name: str, files: ImageFiles) -> bytes:
        """Store an image with its renditions durably; return the wrapped key that decrypts them.

        Very large ones are written in their sessions' turns, as large ones are read.
        """
        if len(files.original) < LARGE_STORED_BYTES:
            return await self._blobs.write(name, pack(files))
        async with self._large.turn(ON_BEHALF_OF.get()):
            return await self._blobs.write(name, pack(files))

    async def read_files(self, name: str, wrapped_key: bytes, *, size: int = 0) -> ImageFiles:
        """Return the image and its renditions; raises NotFound if they are gone, ImageDamaged if they were changed.

        `size` is the image's, in bytes, if it is known: large ones are read in their sessions' turns.
        """
        try:
            if size < LARGE_BYTES:
                return unpack(await self._blobs.read(name, wrapped_key))
            async with self._large.turn(ON_BEHALF_OF.get()):
                return unpack(await self._blobs.read(name, wrapped_key))
        except ImageDamaged:
            self._on_damaged()
            raise

    async def report_missing(self, name: str) -> NoReturn:
        """Raise ImageMissing for the content `name`, which should be here; StorageUnavailable if this isn't the store it was."""
        if await self._blobs.owner() is None:
            raise StorageUnavailable(
                integrator="The photo store is empty: check that its volume is mounted, or its bucket the right one."
            )
        log.error(
            "storage.missing",
            message="A stored photo is missing from the photo store; it can't be filed.",
            file=name,
        )
        self._on_damaged()
        raise ImageMissing

    async def read_encrypted(self, name: str) -> bytes:
        """Return the encrypted content; raises NotFound if it is gone."""
        return await self._blobs.read_encrypted(name)

    async def write_encrypted(self, name: str, encrypted: bytes) -> None:
        """Store encrypted content from another store's `read_encrypted`."""
        await self._blobs.write_encrypted(name, encrypted)

    async def remove(self, name: str) -> None:
        """Delete an image's content, if it is there."""
        await (self._blobs.discard if self._is_careful() else self._blobs.remove)(name)

    async def discard(self, name: str) -> None:
        """Move an image's content to the trash, if it is there."""
        await self._blobs.discard(name)

    async def remove_strays(self, known: frozenset[str], *, before: float) -> int:
        """Delete content last written `before` that belongs to no image; return how many."""
        return await self._blobs.remove_strays(known, before=before)

    async def close(self) -> None:
        """Close connections and threads."""
        await self._blobs.close()


def pack(files: ImageFiles) -> bytes:
    """Return the files as one piece of bytes: a signature, a table, and the parts."""
    parts = [getattr(files, name) for name in _PARTS]
    table: dict[str, Any] = {"lengths": [len(part) for part in parts]}
    if files.fit is not None:
        table["fit"] = asdict(files.fit)
    if files.documents:
        # Not among the lengths: an older gateway beside this one reads those, and leaves out what follows.
        table["documents"] = {
            target: asdict(replace(fit, content=b"")) | {"content": len(fit.content)}
            for target, fit in files.documents.items()
        }
        parts += [fit.content for fit in files.documents.values()]
    text = json.dumps(table).encode()
    return b"".join([_MAGIC, _LENGTH.pack(len(text)), text, *parts])


def unpack(packed: bytes) -> ImageFiles:
    """Return the files; bytes without the signature are an image that was stored before there were renditions."""
    if not packed.startswith(_MAGIC):
        return ImageFiles(packed)
    at = len(_MAGIC) + _LENGTH.size
    end = at + _LENGTH.unpack_from(packed, len(_MAGIC))[0]
    table, at = json.loads(packed[at:end]), end
    parts: list[bytes] = []
    for length in table["lengths"]:
        parts.append(packed[at : at + length])
        at += length
    original, view, thumb, fitted = parts
    documents: dict[FitTarget, DocumentFit] = {}
    for target, document in table.get("documents", {}).items():
        content, at = packed[at : at + document["content"]], at + document["content"]
        documents[target] = DocumentFit(**document | {"content": content})
    fit = table.get("fit")
    known = None if fit is None else Fit(**fit | {"limits": FitLimits(**fit["limits"])})
    return ImageFiles(original, view, thumb, fitted, known, documents)
