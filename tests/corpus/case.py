"""One file of the corpus and the expected result."""

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["image", "refused", "either"]
"""A correct image, a clear refusal, or either (if the damage may or may not affect the image)."""


@dataclass(frozen=True)
class Case:
    """A file, the expected result, and whether the result must show the test scene upright."""

    content: bytes
    outcome: Outcome
    scene: bool = False
    pages: int = 1
