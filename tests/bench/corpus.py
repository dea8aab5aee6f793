"""`scripts/bench corpus DIR`: take in every file of a folder, and report what is filed with other content than was sent.

Each file is taken in by a process of its own, within the limits of a decoder. The filed picture is compared with the sent one as
Pillow shows it, with its orientation and colour profile applied by littlecms, and as ImageMagick does; a PDF's pages as poppler
and MuPDF draw them (`pdftoppm` and `mutool`, where they are installed). "different" means that every reader that could read both
sees another picture, "doubtful" that only one of two does. Nothing is kept.
"""

import argparse
import io
import json
import os
import resource
import shutil
import signal
import subprocess
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image, ImageCms, ImageOps
from rich.console import Console

from clinicpro_images.imaging.errors import ImageError
from clinicpro_images.imaging.intake import take_in
from clinicpro_images.imaging.limits import MAX_BYTES, WORKER_CPU_SECONDS, FitLimits
from clinicpro_images.imaging.pixels import configure_libvips
from clinicpro_images.imaging.wrap import tiff_front

EDGE = 256
MIN_PSNR = 22.0
"""In dB at that size, between two programs: they differ in how they enlarge chroma and convert colours."""
MAX_SHIFT = 6.0
MEGABYTES = 500

Report = dict[str, Any]


def main() -> None:
    """Report every file that isn't filed as it was seen; the exit status says whether there was one."""
    parser = argparse.ArgumentParser(prog="scripts/bench corpus", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--all", action="store_true", help="print refused files too")
    parser.add_argument("--json", action="store_true", help="print one line of JSON for each file")
    options = parser.parse_args()
    configure_libvips()
    pillow_heif.register_heif_opener()
    counts: Counter[str] = Counter()
    for report in examined(options.folder):
        counts[report["outcome"]] += 1
        if options.json:
            print(json.dumps(report), flush=True)  # noqa: T201 - standard output is the report
        elif report["outcome"] not in {"same", "refused", "not compared"} or options.all:
            Console(width=200).print(
                " · ".join(f"{value}" for value in report.values() if value not in ("", 0))
            )
    Console(stderr=True).print(", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())))
    raise SystemExit(int(any(counts[bad] for bad in ("different", "crashed", "fault", "too much"))))


def examined(folder: Path) -> Iterator[Report]:
    """Yield a report for each file in the folder, in order of name."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read)
            resource.setrlimit(resource.RLIMIT_CPU, (4 * WORKER_CPU_SECONDS, 4 * WORKER_CPU_SECONDS))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            os.write(write, json.dumps(_examine(path)).encode())
            os._exit(0)
        os.close(write)
        with os.fdopen(read, "rb") as pipe:
            output = pipe.read()
        _, status, _ = os.wait4(child, 0)
        report: Report = json.loads(output or b'{"outcome": "crashed"}')
        if os.WIFSIGNALED(status):
            report["signal"] = signal.Signals(os.WTERMSIG(status)).name
        yield {"outcome": report.pop("outcome"), "name": str(path.relative_to(folder)), **report}


def _examine(path: Path) -> Report:
    content = path.read_bytes()
    if len(content) > MAX_BYTES:
        return {"outcome": "refused", "detail": "too large"}
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # the libraries' own warnings
    Path("/proc/self/clear_refs").write_text("5")
    before = resource.getrusage(resource.RUSAGE_SELF)
    try:
        intake = take_in(content, limits=FitLimits())
    except ImageError as error:
        return {"outcome": "refused", "detail": error.detail, "integrator": error.integrator}
    except Exception as error:  # noqa: BLE001 - goes into the report
        return {"outcome": "fault", "detail": f"{type(error).__name__}: {error}"}
    used = resource.getrusage(resource.RUSAGE_SELF)
    report: Report = {
        "cpu": round(used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime, 2),
        "megabytes": _peak(),
    }
    if intake.image.content_type == "application/pdf":
        report |= compare_documents(content, intake.image.content)
    else:
        jpeg = intake.fitted or intake.image.content
        report |= _compare_pictures(content, tiff_front(jpeg, description="", dpi=300) + jpeg)
        # A small photo is shown as it is stored.
        seen = _compare([as_seen(content)], [as_seen(intake.view or intake.image.content)])
        if report["outcome"] == "same" and seen["outcome"] == "different":
            report |= seen | {"detail": "its rendition"}
    if report["megabytes"] > MEGABYTES or report["cpu"] > WORKER_CPU_SECONDS:
        report["outcome"] = "too much"
    return report


def _peak() -> int:
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def as_seen(content: bytes) -> Image.Image | None:
    """Return the picture as Pillow shows it, upright, in sRGB on white; None if it can't read it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image: Image.Image = Image.open(io.BytesIO(content))
            image.load()
            profile = image.info.get("icc_profile")
            image = ImageOps.exif_transpose(image)
            if image.mode == "P":
                image = image.convert("RGBA" if "transparency" in image.info else "RGB")
            if profile and image.mode == "RGBA":
                alpha = image.getchannel("A")
                image = _to_srgb(image.convert("RGB"), profile)
                image.putalpha(alpha)
            elif profile and image.mode in {"RGB", "L", "CMYK"}:
                image = _to_srgb(image, profile)
            return _flat(image)
    except Exception:  # noqa: BLE001 - this reader can't, which is not a finding
        return None


def _flat(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        image = Image.fromarray((np.asarray(image).astype(np.uint32) >> 8).astype(np.uint8))
    if image.mode in {"LA", "PA", "RGBA"} or "transparency" in image.info:
        rgba = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba)
    return image.convert("RGB")


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        made = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return image
    return made or image


UNREADABLE = "what is filed can't be read"

Pages = list[Image.Image | None]


def _compare_pictures(sent: bytes, filed: bytes) -> Report:
    return _agreed(
        [
            _compare([as_seen(sent)], [as_seen(filed)]),
            _compare([_as_magick_shows(sent)], [_as_magick_shows(filed)]),
        ]
    )


def compare_documents(sent: bytes, filed: bytes) -> Report:
    """Compare every page; a TIFF of several pages as Pillow reads it."""
    if b"%PDF-" not in sent[:1024]:
        pages = _pages_of_tiff(sent)
        return _agreed([_compare(pages, draw(filed)) for draw in (_poppler, _mupdf)])
    return _agreed([_compare(draw(sent), draw(filed)) for draw in (_poppler, _mupdf)])


def _agreed(found: list[Report]) -> Report:
    """Return what the readers agree on: different only if each that could read both sees another picture, or if one that
    could read what was sent can't read what is filed.
    """
    able = [report for report in found if report["outcome"] != "not compared"]
    if not able:
        return {"outcome": "not compared"}
    for report in able:
        if report.get("detail") == UNREADABLE:
            return report
    different = [report for report in able if report["outcome"] == "different"]
    if different and len(different) < len(able):
        return different[0] | {"outcome": "doubtful"}
    return (different or able)[0]


def _compare(sent: Pages, filed: Pages) -> Report:
    """Compare page by page, and report the first that differs."""
    if not sent or None in sent:
        return {"outcome": "not compared"}
    if not filed or None in filed:
        return {"outcome": "different", "detail": UNREADABLE}
    if len(sent) != len(filed):
        return {"outcome": "different", "detail": f"{len(sent)} pages, then {len(filed)}"}
    reports = [
        compare_page(a, b) | {"page": number}
        for number, (a, b) in enumerate(zip(sent, filed, strict=True), 1)
        if a is not None and b is not None
    ]
    return next((report for report in reports if report["outcome"] == "different"), reports[0])


def compare_page(sent: Image.Image, filed: Image.Image) -> Report:
    shape = abs(sent.width / sent.height * filed.height / filed.width - 1)
    scale = EDGE / max(filed.size)
    size = (max(1, round(filed.width * scale)), max(1, round(filed.height * scale)))
    a, b = (np.asarray(each.resize(size, Image.Resampling.BOX)).astype(np.float64) for each in (sent, filed))
    shift = float(np.abs((a - b).mean((0, 1))).max())
    error = float(((a - b) ** 2).mean())
    psnr = 99.0 if not error else min(99.0, 10 * float(np.log10(255**2 / error)))
    thin = min(sent.size) < EDGE // 16
    wrong = psnr < MIN_PSNR or shift > MAX_SHIFT or (shape > 0.05 and not thin)
    return {
        "outcome": "different" if wrong else "same",
        "psnr": round(psnr, 1),
        "shift": round(shift, 1),
        "shape": round(shape, 3),
    }


def _pages_of_tiff(content: bytes) -> Pages:
    """Return a TIFF's pages upright and with square pixels, without a camera's thumbnails."""
    pages: Pages = []
    try:
        with Image.open(io.BytesIO(content)) as image:
            for number in range(getattr(image, "n_frames", 1)):
                image.seek(number)
                first = pages[0] if pages else None
                if first is not None and 4 * max(image.size) <= min(first.size):
                    continue
                across, down = (float(each) for each in image.info.get("dpi", (1, 1)))
                page = _flat(ImageOps.exif_transpose(image.copy()))
                if across and down and abs(across / down - 1) > 0.03:
                    page = page.resize((page.width, round(page.height * across / down)))
                pages.append(page)
    except Exception:  # noqa: BLE001 - this reader can't, which is not a finding
        return []
    return pages


def _as_magick_shows(content: bytes) -> Image.Image | None:
    """Return the picture as ImageMagick shows it; None if it isn't installed or can't read it."""
    program = shutil.which("magick") or shutil.which("convert")
    if program is None:
        return None
    options = ["-auto-orient", "-background", "white", "-alpha", "remove"]
    with (
        tempfile.NamedTemporaryFile(prefix="clinicpro-corpus-") as file,
        tempfile.NamedTemporaryFile(prefix="clinicpro-corpus-", suffix=".icc") as profile,
    ):
        file.write(content)
        file.flush()
        profile.write(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
        profile.flush()
        # Converts from the picture's own profile, if it has one.
        options += ["-profile", profile.name, "-colorspace", "sRGB"]
        command = [program, f"{file.name}[0]", *options, "-resize", "600x600>", "-depth", "8", "ppm:-"]
        try:
            run = subprocess.run(command, check=False, capture_output=True, timeout=60)
        except subprocess.TimeoutExpired:
            return None
    return Image.open(io.BytesIO(run.stdout)).convert("RGB") if run.stdout else None


def _poppler(content: bytes) -> Pages:
    return _drawn(content, "pdftoppm", lambda file, stem: ["-cropbox", "-r", "50", str(file), str(stem)])


def _mupdf(content: bytes) -> Pages:
    return _drawn(
        content, "mutool", lambda file, stem: ["draw", "-q", "-r", "50", "-o", f"{stem}-%02d.ppm", str(file)]
    )


def _drawn(content: bytes, program: str, arguments: Callable[[Path, Path], list[str]]) -> Pages:
    """Return a PDF's pages as a program draws them; empty if it isn't installed or can't."""
    if shutil.which(program) is None:
        return []
    with tempfile.TemporaryDirectory(prefix="clinicpro-corpus-") as folder:
        file, stem = Path(folder) / "file.pdf", Path(folder) / "page"
        file.write_bytes(content)
        try:
            run = subprocess.run(
                [program, *arguments(file, stem)], check=False, capture_output=True, timeout=60
            )
        except subprocess.TimeoutExpired:
            return []
        if run.returncode:
            return []
        try:
            return [Image.open(page).convert("RGB") for page in sorted(Path(folder).glob("page-*.ppm"))]
        except Image.DecompressionBombError:  # a poster
            return []


if __name__ == "__main__":
    main()
