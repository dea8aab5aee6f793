"""The mark in the image store: how far the database had got. It stays when only the database goes back."""

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Mark:
    """The database's generation, and its progress when the mark was written."""

    generation: str
    progress: int

    def to_text(self) -> str:
        """Return it as it is stored."""
        return json.dumps(asdict(self))


def mark_from_text(text: str | None) -> Mark | None:
    """Return a stored mark; None if there is none, or it can't be read."""
    try:
        found = json.loads(text or "")
        return Mark(str(found["generation"]), int(found["progress"]))
    except (ValueError, TypeError, KeyError):
        return None
