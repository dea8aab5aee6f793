"""Colour and word: what desktop and phone of one session show alike, and another session does not."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Badge:
    """A colour with its name, and a word. The word alone tells two sessions apart without colour."""

    colour: str
    colour_name: str
    word: str


# White text on each colour has a contrast of at least 4.5:1 (tested).
BADGES: tuple[Badge, ...] = (
    Badge("#0f766e", "Teal", "Kererū"),
    Badge("#1d4ed8", "Blue", "Tūī"),
    Badge("#b45309", "Amber", "Kiwi"),
    Badge("#7e22ce", "Purple", "Kākāpō"),
    Badge("#be123c", "Crimson", "Pīwakawaka"),
    Badge("#15803d", "Green", "Pōhutukawa"),
    Badge("#4338ca", "Indigo", "Kōwhai"),
    Badge("#9a3412", "Rust", "Kauri"),
    Badge("#0e7490", "Cyan", "Rimu"),
    Badge("#a21caf", "Magenta", "Mānuka"),
    Badge("#4d7c0f", "Olive", "Tōtara"),
    Badge("#334155", "Slate", "Harakeke"),
    Badge("#0f766e", "Teal", "Moana"),
    Badge("#1d4ed8", "Blue", "Awa"),
    Badge("#b45309", "Amber", "Maunga"),
    Badge("#7e22ce", "Purple", "Rangi"),
    Badge("#be123c", "Crimson", "Whetū"),
    Badge("#15803d", "Green", "Ngahere"),
    Badge("#4338ca", "Indigo", "Marama"),
    Badge("#9a3412", "Rust", "Pāua"),
    Badge("#0e7490", "Cyan", "Kōura"),
    Badge("#a21caf", "Magenta", "Kea"),
    Badge("#4d7c0f", "Olive", "Weka"),
    Badge("#334155", "Slate", "Ruru"),
    Badge("#0f766e", "Teal", "Tarāpunga"),
    Badge("#1d4ed8", "Blue", "Kōtare"),
    Badge("#b45309", "Amber", "Toroa"),
    Badge("#7e22ce", "Purple", "Pūkeko"),
)


def choose_badge(taken: frozenset[int], pick: int) -> int:
    """Return the index of a badge that no open session of this practice shows; `pick` is any number ≥ 0.

    With every badge taken, the choice falls back to all of them.
    """
    free = [index for index in range(len(BADGES)) if index not in taken] or list(range(len(BADGES)))
    return free[pick % len(free)]
