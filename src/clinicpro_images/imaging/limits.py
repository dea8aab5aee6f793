"""How large a picture may be before and while it is decoded, and when a filed one is small enough."""

from dataclasses import dataclass
from typing import Final

MAX_BYTES: Final = 25 * 1024 * 1024
"""Largest file taken, in bytes: 25 MB as file managers count them."""

MAX_PIXELS: Final = 100_000_000
"""Largest picture taken, in pixels of its canvas."""

MAX_PDF_PAGES: Final = 20
"""Most pages of a PDF, or of a TIFF that becomes one."""

MAX_PDF_DRAWING: Final = 8_000_000
"""Most drawing instructions of one part of a PDF, unpacked, in bytes. A page of text has 100 kB; gigabytes are an attack."""

MAX_SCANS: Final = 100
"""Most scans of one JPEG. Phones write 1, progressive encoders about 10; thousands are an attack on time."""

MAX_DECODE_BYTES: Final = 420_000_000
"""Most memory one picture may need at once while it is decoded, in bytes.

Only what can't go row by row counts: interlaced PNG, progressive JPEG, and the rows of a picture that must be turned.
A baseline JPEG of 100 megapixels stays below it in every orientation. Beside it stand 66 MB of the process itself, so that
the whole stays under 500 MB.
"""

FILE_COPIES: Final = 2
"""How often a JPEG's file is in memory while it is decoded: as it came, and bare."""

WORKER_DECODE_BYTES: Final = 640_000_000
"""Address space a worker process gets for one picture beyond what it starts with, in bytes: `MAX_DECODE_BYTES`, the file
itself twice, and what libraries need beside it. Whatever asks for more ends the worker, and the picture is refused."""

WORKER_MALLOC: Final = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "4000000"}
"""How glibc keeps a worker's memory: in one arena, and every block from 4 MB on apart, so that it goes back to the system when it
is let go of. Left to itself glibc puts a file's copies among the small ones, where they stay: 47 MB more at 100 megapixels."""

WORKER_CPU_SECONDS: Final = 15
"""Most CPU time one picture may cost, in seconds. The costliest honest ones, of 100 megapixels, stay well below it."""

WORKER_SECONDS: Final = 60.0
"""Most time from a worker's start on a picture to its answer, in seconds, however busy the machine is."""

PAYLOAD_BYTES: Final = 8_000_000
"""ALEX takes an attachment POST only below 8 MB, base64 and the resource around it included (Medtech's guide)."""

RESOURCE_BYTES: Final = 64_000
"""What is set aside in that payload for the FHIR resource around the picture, in bytes."""

MAX_FILED_BYTES: Final = (PAYLOAD_BYTES - RESOURCE_BYTES) // 4 * 3
"""Largest file that still fits that payload after base64, in bytes."""

REFERRAL_BYTES: Final = 500_000
"""What e-referral forms commonly take of one picture, in bytes."""


@dataclass(frozen=True)
class FitLimits:
    """What a filed picture must keep to. The defaults suit Inbox Scan and Inbox Media alike.

    `longest_edge` in pixels; the result stays *under* `aim_bytes`; quality is libjpeg's 1-100: encoding starts at
    `best_quality`, and below `floor_quality` the picture is made smaller instead.
    """

    longest_edge: int = 2400
    aim_bytes: int = 1_000_000
    best_quality: int = 90
    floor_quality: int = 60

    def __post_init__(self) -> None:
        """Refuse limits that could never be met or would break ALEX's own."""
        if not 1 <= self.floor_quality <= self.best_quality <= 100:  # noqa: PLR2004 (libjpeg's scale ends at 100)
            raise ValueError("Qualities must satisfy 1 <= floor_quality <= best_quality <= 100.")
        if self.longest_edge < 1:
            raise ValueError("longest_edge must be at least 1 pixel.")
        if not 0 < self.aim_bytes <= MAX_FILED_BYTES:
            raise ValueError(f"aim_bytes must lie between 1 and {MAX_FILED_BYTES}.")
