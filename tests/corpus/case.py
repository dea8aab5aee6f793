"""One file of the corpus and what has to become of it."""

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["picture", "refused", "either"]
"""A correct picture, a clear refusal, or (where damage may or may not touch what counts) one of the two."""


@dataclass(frozen=True)
class Case:
    """A file, what has to become of it, and whether its corners show the test scene the right way up afterwards."""

    content: bytes
    outcome: Outcome
    scene: bool = False
    pages: int = 1
