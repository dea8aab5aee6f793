"""Reads JSON as ALEX sends it: what can't be understood as a whole is one kind of error."""

import json
import re
from collections.abc import Callable
from typing import Any, Final

_ESCAPED_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")


def read_json(body: bytes | str, *, by_lower_case: bool = False) -> Any:
    """Parse JSON; raises ValueError, also for a member that is there twice with different values, or if it is too deep.

    Half of a surrogate pair, which no text can hold, becomes a question mark. `by_lower_case` names members so.
    """
    named: Callable[[str], str] = str.casefold if by_lower_case else str
    try:
        content = json.loads(body, object_pairs_hook=lambda pairs: _members(pairs, named))
        text = body if isinstance(body, str) else body.decode(json.detect_encoding(body), "replace")
        if _ESCAPED_SURROGATE.search(text):
            content = json.loads(json.dumps(content, ensure_ascii=False).encode("utf-8", "replace"))
    except RecursionError as error:
        raise ValueError("the JSON is too deep") from error
    return content


def _members(pairs: list[tuple[str, Any]], named: Callable[[str], str]) -> dict[str, Any]:
    found = {named(key): value for key, value in pairs}
    if len(found) != len(pairs) and any(found[named(key)] != value for key, value in pairs):
        raise ValueError("the JSON contradicts itself")
    return found
