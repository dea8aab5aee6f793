"""Colour and word: what desktop and phone of one session show alike, and another session does not."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Badge:
    """A colour with its name, and a word. The word alone tells two sessions apart without colour."""

    colour: str
    colour_name: str
    word: str


# Ten colours, each with three words. White text on each has a contrast of at least 4.5:1, and any two are told apart
# by people with normal, red-blind and green-blind sight: that leaves lightness and blue against yellow (tested).
BADGES: tuple[Badge, ...] = (
    Badge("#084144", "Teal", "Kererū"),
    Badge("#2964df", "Blue", "Tūī"),
    Badge("#693608", "Brown", "Kiwi"),
    Badge("#6e0afd", "Violet", "Kākāpō"),
    Badge("#450404", "Maroon", "Pīwakawaka"),
    Badge("#237a4a", "Green", "Pōhutukawa"),
    Badge("#0a1045", "Navy", "Kōwhai"),
    Badge("#727b04", "Olive", "Kauri"),
    Badge("#8b2287", "Plum", "Rimu"),
    Badge("#697681", "Grey", "Mānuka"),
    Badge("#084144", "Teal", "Tōtara"),
    Badge("#2964df", "Blue", "Harakeke"),
    Badge("#693608", "Brown", "Moana"),
    Badge("#6e0afd", "Violet", "Awa"),
    Badge("#450404", "Maroon", "Maunga"),
    Badge("#237a4a", "Green", "Rangi"),
    Badge("#0a1045", "Navy", "Whetū"),
    Badge("#727b04", "Olive", "Ngahere"),
    Badge("#8b2287", "Plum", "Marama"),
    Badge("#697681", "Grey", "Pāua"),
    Badge("#084144", "Teal", "Kōura"),
    Badge("#2964df", "Blue", "Kea"),
    Badge("#693608", "Brown", "Weka"),
    Badge("#6e0afd", "Violet", "Ruru"),
    Badge("#450404", "Maroon", "Tarāpunga"),
    Badge("#237a4a", "Green", "Kōtare"),
    Badge("#0a1045", "Navy", "Toroa"),
    Badge("#727b04", "Olive", "Pūkeko"),
    Badge("#8b2287", "Plum", "Tīeke"),
    Badge("#697681", "Grey", "Mātātā"),
)


def choose_badge(taken: frozenset[int], pick: int) -> int:
    """Return the index of a badge that no open session of this practice shows; `pick` is any number ≥ 0.

    With every badge taken, the choice falls back to all of them.
    """
    free = [index for index in range(len(BADGES)) if index not in taken] or list(range(len(BADGES)))
    return free[pick % len(free)]
