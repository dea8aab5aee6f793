"""What the record system's errors say of a photo, of a message or task, and before a patient is open."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from clinicpro_images.records.alex import roles
from clinicpro_images.records.alex.errors import translate
from clinicpro_images.records.alex.roles import Operation
from clinicpro_images.records.errors import RecordSystemError
from error_tree import errors

NOW = datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC)
OF_PHOTOS = (roles.CREATE_DOCUMENT, roles.CREATE_MEDIA)
BEFORE_PHOTOS = [
    each for each in vars(roles).values() if isinstance(each, Operation) and each not in OF_PHOTOS
]


def raised(operation: Operation) -> Iterator[RecordSystemError]:
    """Every error that a call may end with."""
    for kind in errors():
        if issubclass(kind, RecordSystemError):
            yield kind()
    for status in range(300, 600):
        for headers in ({}, {"Retry-After": "600"}):
            yield translate(status, headers, b"", operation=operation, now=NOW)


@pytest.mark.parametrize("operation", BEFORE_PHOTOS, ids=lambda operation: operation.name)
def test_nothing_is_said_of_photos_before_a_patient_is_open(operation: Operation) -> None:
    for error in raised(operation):
        error.without_photos()
        assert "photo" not in error.detail.casefold()


@pytest.mark.parametrize(
    ("operation", "noun"), [(roles.CREATE_COMMUNICATION, "message"), (roles.CREATE_TASK, "task")]
)
def test_a_message_and_a_task_are_called_so(operation: Operation, noun: str) -> None:
    for error in raised(operation):
        error.named(noun)
        assert "photo" not in error.detail.casefold()
