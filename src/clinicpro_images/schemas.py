"""JSON as it goes over the wire: camelCase members, times as ISO 8601 in UTC."""

import re
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

_BEGINS_AS_DATE = re.compile(r"\d{4}-\d\d-\d\d")


class Schema(BaseModel):
    """Base of every body that is read or written."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


def _only_text(value: object) -> object:
    # A number, also one in a text, would be read as seconds or milliseconds since 1970, whichever seems likelier.
    if value is None or isinstance(value, date) or (isinstance(value, str) and _BEGINS_AS_DATE.match(value)):
        return value
    raise PydanticCustomError(
        "date_text", "Give it as text that begins with year, month and day, such as 2026-11-23"
    )


Moment = Annotated[AwareDatetime, BeforeValidator(_only_text)]
"""A time in a request: ISO 8601 text with an offset from UTC."""
Day = Annotated[date, BeforeValidator(_only_text)]
"""A day in a request: ISO 8601 text."""


def iso(seconds: float) -> str:
    """Seconds since 1970 as `2026-11-23T10:15:30.123Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_or_none(seconds: float | None) -> str | None:
    """Like `iso`; None stays None."""
    return None if seconds is None else iso(seconds)
