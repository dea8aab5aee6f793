"""What the files of a referral pack are called, and the paragraph for the form, with or without the patient's identifiers."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date

from clinicpro_images.images.image import Image
from clinicpro_images.sessions.session import Patient
from clinicpro_images.terminology.file_title import file_title

_NHI = re.compile(
    r"(?<![A-Za-z0-9])[A-HJ-NP-Z]{3}(?:[0-9]{4}|[0-9]{2}[A-HJ-NP-Z]{2})(?![A-Za-z0-9])", re.IGNORECASE
)
_LONGEST = 150
_MASK = "…"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WHOLE_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip


def without_identifiers(text: str, patient: Patient) -> str:
    """Remove whatever identifies the patient from free text: each part of the name, any NHI, the id and the birth date."""
    terms = [re.escape(term) for term in _name_parts(patient.name)]
    if patient.id:
        terms.append(re.escape(patient.id))
    terms += _written_dates(patient.birth_date)
    masked = _NHI.sub(_MASK, text)
    if terms:
        # A name hides behind accents, possessives and capitals: compared without them, letter by letter.
        pattern = re.compile(
            rf"(?<!\w)(?:{'|'.join(sorted(set(terms), key=len, reverse=True))})(?!\w)", re.IGNORECASE
        )
        masked = _sub_folded(pattern, masked)
    return " ".join(masked.split())


def file_names(images: Sequence[Image], patient: Patient, *, identified: bool) -> list[str]:
    """Return a name without suffix for each image, in order: clear, unique, and allowed on every system."""
    names: list[str] = []
    for image in images:
        title = image.details.title
        anonymous = without_identifiers(title, patient)
        line = f"{patient.name} {patient.nhi} - {title}" if identified else anonymous
        names.append(_unique(file_title(line, longest=_LONGEST), names))
    return names


def paragraph(images: Sequence[Image], patient: Patient, *, identified: bool) -> str:
    """Return the text for the form: how many photos, and of each site, side, view, label and when it was taken.

    Empty without images.
    """
    if not images:
        return ""
    titles = [image.details.title for image in images]
    if not identified:
        titles = [without_identifiers(title, patient) for title in titles]
    count = f"{len(titles)} clinical photo{'' if len(titles) == 1 else 's'} attached"
    if identified:
        born = f", born {_calendar(patient.birth_date)}" if patient.birth_date else ""
        count += f" of {patient.name}, NHI {patient.nhi}{born}"
    if len(titles) == 1:
        return f"{count}: {titles[0]}."
    return "\n".join([f"{count}:", *(f"{number}. {title}" for number, title in enumerate(titles, start=1))])


def _name_parts(name: str) -> list[str]:
    parts = [part for word in name.split() for part in re.split(r"[-’'.]", word)]
    return [_folded(part) for part in [*name.split(), *parts] if len(part) > 1]


def _written_dates(birth_date: str) -> list[str]:
    try:
        born = date.fromisoformat(birth_date)
    except ValueError:
        return []
    day, month = rf"0?{born.day}(?:st|nd|rd|th)?", rf"0?{born.month}"
    named = rf"(?:{_MONTHS[born.month - 1]}|{_WHOLE_MONTHS[born.month - 1]})"
    year = rf"(?:{born.year}|{born.year % 100:02})"
    gap = r"[\s./-]+"
    return [
        rf"{born.year}{gap}{month}{gap}0?{born.day}",
        rf"{day}{gap}(?:{month}|{named}){gap}{year}",
        rf"{named}{gap}{day},?{gap}{year}",
    ]


def _sub_folded(pattern: re.Pattern[str], text: str) -> str:
    # Fold character by character, so that places in both texts correspond.
    folded = "".join(_folded(character)[:1] or character for character in text)
    for match in reversed(list(pattern.finditer(folded))):
        text = text[: match.start()] + _MASK + text[match.end() :]
    return text


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(character for character in decomposed if not unicodedata.combining(character)).casefold()


def _unique(name: str, taken: Iterable[str]) -> str:
    known = {each.casefold() for each in taken}
    found, number = name, 2
    while found.casefold() in known:
        found, number = f"{name} - {number}", number + 1
    return found


def _calendar(birth_date: str) -> str:
    try:
        born = date.fromisoformat(birth_date)
    except ValueError:
        return birth_date
    return f"{born.day} {_MONTHS[born.month - 1].capitalize()} {born.year}"
