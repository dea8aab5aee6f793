"""Reads a worker's replies: one of another shape than expected comes from a decoder in someone else's hands."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, Final

from pydantic import Field, TypeAdapter

from clinicpro_images.errors import ClinicProError
from clinicpro_images.imaging.errors import (
    UNREAD,
    ImageBroken,
    ImageEmpty,
    ImageError,
    ImageTooLarge,
    ImageUnsupported,
    NoSuchPage,
)
from clinicpro_images.imaging.results import CleanImage, FittedImage, Intake
from clinicpro_images.imaging.worker import protocol

_CLEAN_IMAGE: Final = TypeAdapter(CleanImage)
_FITTED_IMAGE: Final = TypeAdapter(FittedImage)
_INTAKE: Final = TypeAdapter(Intake)
_Number = Annotated[float, Field(ge=-100, le=100, allow_inf_nan=False)]
_MATRIX: Final = TypeAdapter(Annotated[list[_Number], Field(min_length=6, max_length=6)] | None)

_ERRORS: Final = {
    error.__name__: error
    for error in (ImageError, ImageBroken, ImageEmpty, ImageTooLarge, ImageUnsupported, NoSuchPage)
}
"""The errors a worker may reply with, by the name it sends."""


def clean_image(reply: dict[str, Any]) -> CleanImage:
    """Return a clean image; raises ImageBroken, as all of these do, if the reply isn't one."""
    with _checked():
        return _CLEAN_IMAGE.validate_python(reply)


def fitted_image(reply: dict[str, Any]) -> FittedImage:
    """Return a fitted image, whose content is one part."""
    with _checked():
        parts = (reply.pop("content"),)
        return _FITTED_IMAGE.validate_python({**reply, "parts": parts})


def matrix(answer: bytes) -> list[float] | None:
    """Return the six numbers of an affine matrix, each within 100 of 0; None if there is none."""
    with _checked():
        return _MATRIX.validate_json(answer)


def intake(reply: dict[str, Any]) -> Intake:
    """Return an intake from a reply whose body is its parts, one after the other."""
    with _checked():
        body, at = reply.pop("content"), 0
        parts: list[bytes] = []
        for length in reply.pop("lengths"):
            parts.append(body[at : at + length])
            at += length
        fixed = 1 + len(protocol.INTAKE_PARTS)
        reply["image"]["content"], *others = parts[:fixed]
        for document, content in zip(reply["documents"], parts[fixed:], strict=True):
            document["content"] = content
        return _INTAKE.validate_python({**reply, **dict(zip(protocol.INTAKE_PARTS, others, strict=True))})


def error(head: Mapping[str, Any]) -> ClinicProError:
    """Return the error that a reply names."""
    known = _ERRORS.get(str(head.get("error")))
    if known is not None:
        return known(str(head.get("detail", "")), integrator=str(head.get("integrator", "")))
    return ImageBroken(UNREAD, integrator=f"The decoder failed: {head.get('fault', 'invalid reply')}.")


@contextmanager
def _checked() -> Iterator[None]:
    try:
        yield
    except (ValueError, TypeError, LookupError) as problem:  # a ValidationError is a ValueError
        raise ImageBroken(UNREAD, integrator="The decoder's reply was invalid.") from problem
