"""The states of an image, and the sets of them that rules name. A held image is not on a desktop yet, and is in none of them."""

from typing import Final, Literal

ImageState = Literal["held", "staged", "queued", "sending", "partly", "committed", "failed", "unverified"]

BEING_FILED: Final[frozenset[ImageState]] = frozenset({"queued", "sending"})
"""The queue has it, and continues automatically."""

NEEDS_CLINICIAN: Final[frozenset[ImageState]] = frozenset({"staged", "partly", "failed", "unverified"})
"""Nothing more happens to it until a clinician acts."""

NOT_IN_RECORD: Final = BEING_FILED | NEEDS_CLINICIAN
"""Not in the record, or not known to be there, or in one of two targets only."""

REPLACES_ORIGINAL: Final[frozenset[ImageState]] = BEING_FILED | {"partly", "committed", "unverified"}
"""An edited copy that was handed over for filing and not refused: its staged original was left out on purpose."""

HAS_FILED_TITLE: Final[frozenset[ImageState]] = REPLACES_ORIGINAL | {"failed"}
"""Its title may be in the record, so no other image of the patient gets the same."""
