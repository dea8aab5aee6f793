"""JSON as it goes over the wire: camelCase members, times as ISO 8601 in UTC."""

from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Schema(BaseModel):
    """Base of every body that is read or written."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


def iso(seconds: float) -> str:
    """Seconds since 1970 as `2026-11-23T10:15:30.123Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_or_none(seconds: float | None) -> str | None:
    """Like `iso`; None stays None."""
    return None if seconds is None else iso(seconds)
