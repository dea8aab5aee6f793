"""The name of an image's content in a store: the image's id, and for an original that replaced it, more."""

import re
import uuid
from typing import Final

OURS: Final = re.compile(r"[0-9a-f]{32}(\.[0-9a-f]{32})?(\.[0-9a-f]{32}\.part)?")
"""Content, or a file that was being written: nothing else in a store may be deleted."""


def next_name(image_id: str) -> str:
    """Return a new name for other content of the image, which is written beside the one that is there."""
    return f"{image_id}.{uuid.uuid4().hex}"


def image_of(name: str) -> str:
    """Return the id of the image that content of this name belongs to."""
    return name.partition(".")[0]
