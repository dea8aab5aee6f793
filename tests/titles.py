"""Filed titles without their ending, which says when a photo was taken and which of its commit's it is."""

import re
from typing import Any

ENDING = re.compile(r" – \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d(, no\. \d+)?( \(\d+ of \d+\))?$")


def undated(title: str) -> str:
    """Return what the clinician entered."""
    assert ENDING.search(title), title
    return ENDING.sub("", title)


def line_of(document: dict[str, Any]) -> str:
    """Return what the clinician entered of a filed document's title."""
    return undated(document["resource"]["description"])
