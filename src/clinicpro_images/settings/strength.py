"""Estimates how hard a secret is to guess: enough to refuse a habit, such as a word with a year; no proof of randomness."""

import re
from itertools import pairwise
from typing import Final

LEAST_BITS: Final = 28.0
"""Below this, a guess takes seconds. What `clinicpro new-key` makes has 256."""

_WORD_BITS: Final = 12.0
_COMMON_BITS: Final = 4.0
_SHORTEST_WORD: Final = 4  # a shorter one is in random text too
_LONGEST_WORD: Final = 14
_COMMON: Final = frozenset(
    {
        *(
            "admin",
            "changeme",
            "clinic",
            "clinicpro",
            "default",
            "demo",
            "image",
            "images",
            "key",
            "letmein",
            "medtech",
        ),
        *(
            "passw",
            "password",
            "practice",
            "qwerty",
            "qwertyuiop",
            "rd",
            "root",
            "secret",
            "secretkey",
            "test",
            "token",
        ),
        "welcome",
    }
)
_RUNS: Final = re.compile(r"[A-Za-z]+|[0-9]+|[^A-Za-z0-9]+")
_BITS_PER_CHARACTER: Final = {"digit": 3.3, "lower": 4.7, "mixed": 5.7, "other": 4.0}


def estimate_bits(secret: str) -> float:
    """Add up the parts: a known word counts little, another word more, and a character that continues a row nothing."""
    return sum(_bits(word) for part in _RUNS.findall(_once(secret)) for word in _words(_once(part)))


def _once(text: str) -> str:
    """What is repeated all along counts once."""
    return text[: (text + text).index(text, 1)]


def _words(part: str) -> list[str]:
    """Split known words off a run of letters: `clinicproimages` is two habits, not fifteen random letters."""
    lower = part.lower()
    known = max(
        (word for word in _COMMON if word in lower and len(word) >= _SHORTEST_WORD), key=len, default=""
    )
    if not known or known == lower:
        return [part]
    at = lower.index(known)
    rest = [each for each in (part[:at], part[at + len(known) :]) if each]
    return [known, *(word for each in rest for word in _words(each))]


def _bits(part: str) -> float:
    if part.lower() in _COMMON:
        return _COMMON_BITS
    kind = _kind(part)
    free = _without_rows(part) * _BITS_PER_CHARACTER[kind]
    if kind in {"lower", "other"} and len(part) <= _LONGEST_WORD:
        return min(free, _WORD_BITS)
    return min(free, len(set(part)) * _BITS_PER_CHARACTER[kind] * 2)


def _kind(part: str) -> str:
    if part.isascii() and part.isdigit():
        return "digit"
    if part.isascii() and part.isalpha():
        return "lower" if part[1:].islower() or part.isupper() or part.islower() else "mixed"
    return "other"


def _without_rows(part: str) -> int:
    """Count characters, but not those that repeat or continue the one before: `aaaa`, `1234`."""
    return 1 + sum(abs(ord(after) - ord(before)) > 1 for before, after in pairwise(part))
