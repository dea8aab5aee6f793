"""Which originals were deliberately left out: an edited copy of them is filed or being filed, and they are not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from clinicpro_images.sessions.image_states import REPLACES_ORIGINAL


@dataclass(frozen=True)
class Relative:
    """An image as far as its family matters."""

    id: str
    derived_from: str | None
    state: str


def left_out(family: Iterable[Relative]) -> frozenset[str]:
    """Return the ids of staged images of which a copy, or a copy's copy, was handed over for filing."""
    by_id: Mapping[str, Relative] = {each.id: each for each in family}
    found: set[str] = set()
    for each in by_id.values():
        if each.state not in REPLACES_ORIGINAL:
            continue
        ancestor = each.derived_from
        while ancestor is not None and ancestor in by_id and ancestor not in found:
            if by_id[ancestor].state == "staged":
                found.add(ancestor)
            ancestor = by_id[ancestor].derived_from
    return frozenset(found)
