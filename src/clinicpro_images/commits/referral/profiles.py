"""How large a file a referral form takes, and how many: the profiles that a clinician chooses from."""

import re
from dataclasses import dataclass

from clinicpro_images.commits.errors import ReferralLimitUnknown

_KB = 1_000
_MB = 1_000_000
_LEAST, _MOST = 50 * _KB, 5 * _MB
_WRITTEN = re.compile(r"(\d+(?:\.\d)?)(kb|mb)?(?:[x×*](\d+))?")


@dataclass(frozen=True)
class Profile:
    """Each file stays under `bytes`; a form takes `files` of them, None for as many as there are."""

    code: str
    name: str
    bytes: int
    files: int | None = None


PROFILES = (
    Profile("500kB", "500 kB", 500 * _KB),
    Profile("1MB", "1 MB", _MB),
    Profile("4MBx3", "4 MB × 3", 4 * _MB, 3),
    Profile("5MB", "5 MB", 5 * _MB),
)
DEFAULT_PROFILE = PROFILES[0]


def profile(written: str) -> Profile:
    """Return a profile by its code, or one for a size such as `750 kB`; raises ReferralLimitUnknown.

    A number without a unit is kilobytes below 10,000, else bytes.
    """
    plain = "".join(written.split()).casefold()
    for each in PROFILES:
        if plain in {each.code.casefold(), each.name.replace(" ", "").casefold()}:
            return each
    match = _WRITTEN.fullmatch(plain)
    if match is None:
        raise ReferralLimitUnknown
    number, unit, files = float(match[1]), match[2], match[3]
    factor = _MB if unit == "mb" else _KB if unit == "kb" or number < 10_000 else 1  # noqa: PLR2004 - see above
    size = round(number * factor)
    if not _LEAST <= size <= _MOST or files == "0":
        raise ReferralLimitUnknown
    return Profile(plain, written.strip(), size, int(files) if files else None)
