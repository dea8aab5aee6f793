"""What people typed, as it is seen: without control characters, invisible formatting and changes of reading direction."""

import unicodedata
from typing import Final

_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
# Joiners that change how visible characters look, in emoji and in scripts such as Farsi and Hindi.
_JOINERS: Final = frozenset("\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}")
# Unicode's Default_Ignorable_Code_Point, as far as they are letters or marks: they show nothing. Variation selectors are
# among those too, but stay, because they choose the shape of what they follow.
_FILLERS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
# Symbols by their category: the place of an object that text can't have, and a note's head that isn't drawn.
_PLACEHOLDERS: Final = frozenset("\N{OBJECT REPLACEMENT CHARACTER}\N{MUSICAL SYMBOL NULL NOTEHEAD}")
_INVISIBLE: Final = _FILLERS | _PLACEHOLDERS
_BLANK: Final = "\N{BRAILLE PATTERN BLANK}"


def one_line(text: str | None) -> str:
    """Return one line: white space becomes single spaces, what can't be seen is removed, accents are composed."""
    spaced = "".join(
        " " if character.isspace() or character == _BLANK else character for character in text or ""
    )
    return unicodedata.normalize("NFC", " ".join(_seen(spaced).split()))


def plain_lines(text: str | None) -> str:
    """Return the same of a text with lines, which stay."""
    lines = (text or "").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    tidy = (_seen(line.replace("\t", " ").replace(_BLANK, " ")).rstrip() for line in lines)
    return unicodedata.normalize("NFC", "\n".join(tidy)).strip()


def is_visible(text: str) -> bool:
    """Return whether something in it can be seen."""
    unseen = _INVISIBLE | {_BLANK}
    return any(unicodedata.category(each)[0] in "LNSP" and each not in unseen for each in text)


def _seen(text: str) -> str:
    kept = [
        character
        for character in text
        if character in _JOINERS
        or (unicodedata.category(character) not in _UNSEEN and character not in _INVISIBLE)
    ]
    found = "".join(kept)
    return found if is_visible(found) else ""
