"""A colour and a word, shown on a session's desktop and phone, so that sessions aren't confused."""

from dataclasses import dataclass


@dataclass(frozen=True)
class VisualId:
    """A colour with its name, and a word that distinguishes sessions without colour."""

    colour: str
    colour_name: str
    word: str


# Ten colours, each with three words. White text on each has a contrast of at least 4.5:1, and any two can be
# distinguished with normal, red-blind and green-blind vision, which leaves lightness and blue against yellow
# (tested).
VISUAL_IDS: tuple[VisualId, ...] = (
    VisualId("#084144", "Teal", "Kererū"),
    VisualId("#2964df", "Blue", "Tūī"),
    VisualId("#693608", "Brown", "Kiwi"),
    VisualId("#6e0afd", "Violet", "Kākāpō"),
    VisualId("#450404", "Maroon", "Pīwakawaka"),
    VisualId("#237a4a", "Green", "Pōhutukawa"),
    VisualId("#0a1045", "Navy", "Kōwhai"),
    VisualId("#727b04", "Olive", "Kauri"),
    VisualId("#8b2287", "Plum", "Rimu"),
    VisualId("#697681", "Grey", "Mānuka"),
    VisualId("#084144", "Teal", "Tōtara"),
    VisualId("#2964df", "Blue", "Harakeke"),
    VisualId("#693608", "Brown", "Moana"),
    VisualId("#6e0afd", "Violet", "Awa"),
    VisualId("#450404", "Maroon", "Maunga"),
    VisualId("#237a4a", "Green", "Rangi"),
    VisualId("#0a1045", "Navy", "Whetū"),
    VisualId("#727b04", "Olive", "Ngahere"),
    VisualId("#8b2287", "Plum", "Marama"),
    VisualId("#697681", "Grey", "Pāua"),
    VisualId("#084144", "Teal", "Kōura"),
    VisualId("#2964df", "Blue", "Kea"),
    VisualId("#693608", "Brown", "Weka"),
    VisualId("#6e0afd", "Violet", "Ruru"),
    VisualId("#450404", "Maroon", "Tarāpunga"),
    VisualId("#237a4a", "Green", "Kōtare"),
    VisualId("#0a1045", "Navy", "Toroa"),
    VisualId("#727b04", "Olive", "Pūkeko"),
    VisualId("#8b2287", "Plum", "Tīeke"),
    VisualId("#697681", "Grey", "Mātātā"),
)


def choose_visual_id(taken: frozenset[int], pick: int) -> int:
    """Return the index of a visual id that is not in `taken`, or of any if all are; `pick`, at least 0, selects it."""
    free = [index for index in range(len(VISUAL_IDS)) if index not in taken] or list(range(len(VISUAL_IDS)))
    return free[pick % len(free)]
