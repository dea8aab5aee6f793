"""A photo's line as the name of a file: what no system allows there is written so that it still means the same."""

import re
from typing import Final

_QUERY: Final = re.compile(r"\?+")
_FRACTION: Final = re.compile(r"(?<=\d)/(?=\d)")
_TIME: Final = re.compile(r"(\d):(\d)")
_FORBIDDEN: Final = re.compile(r'[\\/:*"<>|\x00-\x1f\x7f]')


def file_title(line: str, *, longest: int) -> str:
    """Return the line as a file name without its suffix, of at most `longest` characters.

    "?SCC" becomes "query SCC", because without its mark a suspicion would read as a diagnosis; "6/52" becomes "6-52" and
    "14:30" "14.30". If nothing is left, it is "Clinical photo".
    """
    queried = _FRACTION.sub("-", _QUERY.sub(" query ", line))
    plain = _FORBIDDEN.sub(" ", _TIME.sub(r"\1.\2", queried)).replace("\u2013", "-").replace("\u2014", "-")
    return " ".join(plain.split())[:longest].strip(" .-") or "Clinical photo"
