"""Limits on an image before and while it is decoded, and on the file that is sent to the record."""

from dataclasses import dataclass
from typing import Final, Literal

MAX_BYTES: Final = 25 * 1024 * 1024
"""Largest accepted file, in bytes: 25 MB as file managers count them."""

MAX_CLEAN_BYTES: Final = 48 * 1024 * 1024
"""Most bytes that an accepted file may have once it is decoded and cleaned. The largest photos, of 100 megapixels, stay
below it; a few hundred kB that become more are an attack."""

MAX_PIXELS: Final = 100_000_000
"""Largest accepted image, in pixels of its canvas."""

MAX_PDF_PAGES: Final = 20
"""Most pages of a PDF, or of a TIFF that becomes a PDF."""

MAX_PDF_DRAWING: Final = 8_000_000
"""Most drawing instructions in one content stream of a PDF, in bytes, decompressed. A page of text has 100
kB; gigabytes are an attack."""

MAX_SCANS: Final = 100
"""Most scans in one JPEG. Phones write 1, progressive encoders about 10; thousands are a denial-of-service attack."""

MAX_DECODE_BYTES: Final = 420_000_000
"""Most memory that decoding one image may need at any moment, in bytes.

Only what can't be decoded row by row counts, by what both decoders were measured to take: HEIC, AVIF, WebP, BMP, and the
rows of an image that must be rotated whole. A baseline JPEG of 100 megapixels stays far below it in every orientation.
The process itself takes another 66 MB, so that the total stays under 500 MB.
"""

MAX_PASSES_BYTES: Final = 175_000_000
"""The same for an image that is stored in passes of increasing detail, a progressive JPEG or an interlaced PNG. Cameras store
none; from the web they have 2 to 24 megapixels. This is 58 megapixels with chroma at half size, 40 in a
file of 25 MB, and half of that with full chroma: gateway and workers then stay below 400 MB while such photos are decoded."""

IN_MEMORY_PIXELS: Final = 30_000_000
"""Up to this size an image that is re-encoded is decoded into memory once; a larger one is decoded again where it is shown."""

LARGE_DECODE_BYTES: Final = 100_000_000
"""Images that need more than this are decoded one at a time, in bytes, counted as `MAX_DECODE_BYTES` is."""

LARGE_STORED_BYTES: Final = 16 * 1024 * 1024
"""What is stored with more bytes than this is taken in one at a time: worker and gateway hold it several times."""

FILE_COPIES: Final = 2
"""How many copies of a JPEG file are in memory while it is decoded: the original and the stripped one."""

WORKER_DECODE_BYTES: Final = 640_000_000
"""Address space a worker process may use for one image on top of what it starts with, in bytes:
`MAX_DECODE_BYTES`, two copies of the file, and the libraries' own needs. Exceeding it ends the worker, and
the image is refused."""

WORKER_THREADS: Final = {"OPENBLAS_NUM_THREADS": "1"}
"""No threads of NumPy's in a worker: a process that has some can't be contained."""

WORKER_MALLOC: Final = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": "4000000",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}
"""glibc's allocator in a worker: one arena, and a separate mapping for each block of 4 MB or more, which goes
back to the system when it is freed. By default glibc keeps a file's copies in the heap: 47 MB more at 100
megapixels. Huge pages, because each image meets an empty memory: a quarter less time at 2 megapixels."""

WORKER_CPU_SECONDS: Final = 10
"""Most CPU time for one image, in seconds. The most expensive legitimate images, of 100 megapixels, stay well below it."""

WORKER_SECONDS: Final = 60.0
"""Most time from sending an image to a worker until its reply, in seconds, however busy the machine is."""

PAYLOAD_BYTES: Final = 8_000_000
"""ALEX accepts an attachment POST only below 8 MB, including base64 and the enclosing resource (Medtech's guide)."""

RESOURCE_BYTES: Final = 64_000
"""Space reserved in that payload for the FHIR resource around the image, in bytes."""

MAX_FILED_BYTES: Final = (PAYLOAD_BYTES - RESOURCE_BYTES) // 4 * 3
"""Largest file that still fits into that payload after base64 encoding, in bytes."""

THUMB_EDGE: Final = 320
VIEW_EDGE: Final = 1600
EDGES: Final = {"thumb": THUMB_EDGE, "view": VIEW_EDGE}
"""The longest edge of a rendition for display, in pixels, by its size."""

FitTarget = Literal["scan", "media"]
"""The inbox that a file is made to fit: Inbox Scan or Inbox Media."""

DESCRIPTION_BYTES: Final = 400
"""Space reserved in a TIFF for its description, in bytes: the picture is fitted before anyone has described it."""

REFERRAL_BYTES: Final = 500_000
"""The size that e-referral forms commonly accept for one image, in bytes."""


@dataclass(frozen=True)
class FitLimits:
    """Limits for a filed image. The defaults suit both Inbox Scan and Inbox Media.

    `longest_edge` is in pixels; the result stays *under* `aim_bytes`; quality is libjpeg's 1-100: encoding
    starts at `best_quality`, and instead of going below `floor_quality` the image is downscaled.
    """

    longest_edge: int = 2400
    aim_bytes: int = 1_000_000
    best_quality: int = 90
    floor_quality: int = 60

    def __post_init__(self) -> None:
        """Reject limits that can't be met or that exceed ALEX's own."""
        if not 1 <= self.floor_quality <= self.best_quality <= 100:  # libjpeg's scale ends at 100
            raise ValueError("Qualities must satisfy 1 <= floor_quality <= best_quality <= 100.")
        if self.longest_edge < 1:
            raise ValueError("longest_edge must be at least 1 pixel.")
        if not 0 < self.aim_bytes <= MAX_FILED_BYTES:
            raise ValueError(f"aim_bytes must be between 1 and {MAX_FILED_BYTES}.")


def document_bytes(target: FitTarget, limits: FitLimits) -> int:
    """Return the size that a PDF must stay under in this inbox, in bytes: in Inbox Scan it only has to fit into ALEX's payload."""
    return MAX_FILED_BYTES if target == "scan" else limits.aim_bytes
