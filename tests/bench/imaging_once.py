"""`python -m bench.imaging_once WORK FILE TIMES OUT`: one kind of work in a process of its own; prints one line of JSON.

Nothing but what the work needs is loaded, so that the peak is the work's and not the bench's.
"""

import io
import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps

from bench.process import forget_peak, peak_megabytes
from clinicpro_images.imaging import compare, pixels
from clinicpro_images.imaging.inspect import inspect
from clinicpro_images.imaging.intake import take_in
from clinicpro_images.imaging.limits import FitLimits
from clinicpro_images.imaging.passthrough import passthrough_scan
from clinicpro_images.imaging.pdf import seen as pdf_seen

LIKE_QUALITY: Final = 89
"""What the others encode with: the product's is 90, from which on libvips writes a TIFF in RGB, of twice the size."""
EDGE: Final = 2400

Work = Callable[[], bytes]


def intake(content: bytes) -> Work:
    """Clean, check, show and fit, as on upload; returns what will be filed or, if that is a PDF, stored."""

    def work() -> bytes:
        made = take_in(content, limits=FitLimits())
        return made.fitted or made.image.content

    return work


def wrap(content: bytes) -> Work:
    """Wrap what is stored, if it fits."""
    stored = take_in(content, limits=FitLimits()).image.content

    def work() -> bytes:
        fitted = passthrough_scan(stored, "image/jpeg", description="Left forearm", limits=FitLimits())
        if fitted is None:
            raise ValueError("It doesn't fit.")
        return fitted.content

    return work


def look(content: bytes) -> Work:
    """The second look alone: a fitted JPEG, decoded again by another decoder and compared."""
    fitted = intake(content)()
    found = inspect(fitted)
    small = pixels.copy_to_memory(pixels.decode_upright(fitted, found, edge=compare.EDGE))

    def work() -> bytes:
        if not compare.looks_the_same(fitted, "JPEG", small, size=(found.width, found.height)):
            raise ValueError("It looks different.")
        return fitted

    return work


def look_at_page(content: bytes) -> Work:
    """The second look at a PDF's first page: drawn twice and compared."""

    def work() -> bytes:
        with pdf_seen.opened(content) as before, pdf_seen.opened(content) as after:
            if pdf_seen.differ(pdf_seen.draw(before, 0), pdf_seen.draw(after, 0)):
                raise ValueError("It looks different.")
        return content

    return work


def pillow(content: bytes) -> Work:
    """What a Python program would do without a library of its own."""

    def work() -> bytes:
        decoded: Image.Image = Image.open(io.BytesIO(content))
        decoded.draft("RGB", (EDGE, EDGE))
        decoded = ImageOps.exif_transpose(decoded)
        decoded.thumbnail((EDGE, EDGE), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        decoded.save(out, "TIFF", compression="jpeg", quality=LIKE_QUALITY)
        return out.getvalue()

    return work


KINDS: Final = {
    "intake": intake, "wrap": wrap, "look": look, "look at page": look_at_page, "pillow": pillow,
}  # fmt: skip


def main() -> None:
    """Do the work once uncounted and then `TIMES` times; wall and CPU in milliseconds (medians), the peak in MB."""
    kind, file, times, out = sys.argv[1:]
    pixels.configure_libvips()
    work = KINDS[kind](Path(file).read_bytes())
    forget_peak(os.getpid())
    walls, cpus, made = [], [], b""
    for run in range(int(times) + 1):
        used, start = _cpu(), time.perf_counter()
        made = work()
        if run:
            walls.append(1000 * (time.perf_counter() - start))
            cpus.append(1000 * (_cpu() - used))
    Path(out).write_bytes(made)
    report = {
        "wall": statistics.median(walls),
        "cpu": statistics.median(cpus),
        "megabytes": round(peak_megabytes(os.getpid())),
        "bytes": len(made),
    }
    print(json.dumps(report))  # noqa: T201 - standard output is the report


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
