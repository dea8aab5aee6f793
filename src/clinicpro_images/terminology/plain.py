"""What people typed, as it is seen: without control characters, invisible formatting and changes of reading direction."""

import unicodedata
from typing import Final

_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
# Joiners that change how visible characters look, in emoji and in scripts such as Farsi and Hindi.
_JOINERS: Final = frozenset("\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}")


def one_line(text: str | None) -> str:
    """Return one line: white space becomes single spaces, what can't be seen is removed, accents are composed."""
    spaced = "".join(" " if character.isspace() else character for character in text or "")
    return unicodedata.normalize("NFC", " ".join(_seen(spaced).split()))


def plain_lines(text: str | None) -> str:
    """Return the same of a text with lines, which stay."""
    lines = (text or "").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    tidy = (_seen(line.replace("\t", " ")).rstrip() for line in lines)
    return unicodedata.normalize("NFC", "\n".join(tidy)).strip()


def is_visible(text: str) -> bool:
    """Return whether something in it can be seen."""
    return any(unicodedata.category(character)[0] in "LNSP" for character in text)


def _seen(text: str) -> str:
    kept = [
        character
        for character in text
        if character in _JOINERS or unicodedata.category(character) not in _UNSEEN
    ]
    found = "".join(kept)
    return found if is_visible(found) else ""
