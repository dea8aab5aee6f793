"""Sight: whether a search can see what was filed, per practice, target and query.

A search that doesn't find an image proves that it isn't there only if it can see images at all. That is proven by
finding one that is known to be there: after a success, and again, as a control, in the same minute as each search
whose "not there" would lead to a second write.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from clinicpro_images.records.errors import RecordSystemError
from clinicpro_images.records.protocol import ImageTarget

SightState = Literal["proven", "blind", "refused"]


@dataclass(frozen=True)
class Control:
    """An image that is known to be in the record: a search that can see finds it."""

    identifier: str
    resource_id: str
    patient_id: str
    nhi: str


@dataclass(frozen=True)
class Sight:
    """What is known of one query at one practice; `checked_at` is seconds since 1970.

    `lag` is within how many seconds after it was sent an image was seen. Only a proven sight has a control.
    """

    facility_id: str
    target: ImageTarget
    shape: str
    state: SightState
    checked_at: float
    lag: float = 0.0
    control: Control | None = None


Sights = Mapping[str, Sight]
"""Sights of one practice and target, by the query's shape."""


@dataclass(frozen=True)
class SearchOutcome:
    """What is known of an earlier write after a search.

    Either it is there, under `resource_id`; or it is `absent`, if the search started at least `lag` seconds after the
    write was over; or nothing is known, and only the clinician can tell. `cause` is why, if an answer was the reason;
    `blind`: no query was answered, so that another search would show no more.
    """

    resource_id: str | None = None
    by_likeness: bool = False
    absent: bool = False
    lag: float = 0.0
    blind: bool = False
    cause: RecordSystemError | None = None


def overall(sights: Sights) -> SightState | None:
    """Return the best that is known of any query; None if nothing is known yet."""
    states = {sight.state for sight in sights.values()}
    ranked: tuple[SightState, ...] = ("proven", "blind", "refused")
    return next((state for state in ranked if state in states), None)


def proven_again(before: Sight | None, seen: Sight) -> Sight:
    """Return what to keep after an image was seen: the longest time that it took, as long as sight stays proven."""
    if before is None or before.state != "proven" or before.lag <= seen.lag:
        return seen
    return Sight(
        seen.facility_id, seen.target, seen.shape, "proven", seen.checked_at, before.lag, seen.control
    )
