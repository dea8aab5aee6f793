"""What a browser's profile on disk says: every file, the ways text is stored in them, and Firefox's compressed ones."""

import gzip
import json
import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

_MOZLZ4 = b"mozLz40\0"
_GZIP = b"\x1f\x8b\x08"


def found_in(profile: Path, words: Sequence[str]) -> list[str]:
    """Return `file: word` for each word that a file of the profile, or its name, contains, whatever its case."""
    forms = {word: _written(word) for word in words}
    found = []
    for file in sorted(each for each in profile.rglob("*") if each.is_file() and not each.is_symlink()):
        name = str(file.relative_to(profile))
        contents = [name.casefold().encode(), *(each.lower() for each in _readable(file.read_bytes()))]
        for word, written in forms.items():
            if any(form in content for form in written for content in contents):
                found.append(f"{name}: {word}")
    return found


def birth_date_forms(birth_date: str) -> list[str]:
    """Return the ways in which a date (ISO) may be written."""
    year, month, day = birth_date.split("-")
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    named = months[int(month) - 1]
    return [birth_date, f"{day}/{month}/{year}", f"{int(day)} {named} {year}", f"{day} {named} {year}"]


def _written(word: str) -> list[bytes]:
    """The forms on disk: UTF-8, UTF-16 as sessions and titles have it, JSON's escapes, and percent-encoded."""
    small = word.casefold()
    escaped = json.dumps(small)[1:-1]
    percent = re.sub(r"[^\w.-]", lambda match: "".join(f"%{byte:02x}" for byte in match[0].encode()), small)
    texts = {small, escaped, percent, small.replace(" ", "+")}
    return [text.encode(code) for text in texts for code in ("utf-8", "utf-16-le")]


def _readable(content: bytes) -> Iterator[bytes]:
    """Yield a file's content as it is, and unpacked where it is packed."""
    yield content
    if content.startswith(_MOZLZ4):
        yield _lz4_block(content[len(_MOZLZ4) + 4 :])
    for match in re.finditer(re.escape(_GZIP), content):
        try:
            yield zlib.decompressobj(wbits=31).decompress(content[match.start() :], 10_000_000)
        except (zlib.error, gzip.BadGzipFile):
            continue


def _lz4_block(packed: bytes) -> bytes:
    """Unpack an LZ4 block, as Firefox's session files are: literals, and copies of what came before."""
    plain, at = bytearray(), 0

    def length(short: int) -> int:
        nonlocal at
        while short >= 15 and packed[at] == 255:
            short, at = short + 255, at + 1
        if short >= 15:
            short, at = short + packed[at], at + 1
        return short

    while at < len(packed):
        token, at = packed[at], at + 1
        literals = length(token >> 4)
        plain += packed[at : at + literals]
        at += literals
        if at >= len(packed):
            break
        back, at = int.from_bytes(packed[at : at + 2], "little"), at + 2
        count = length(token & 15) + 4
        for _ in range(count):
            plain.append(plain[-back])
    return bytes(plain)
