"""`scripts/bench corpus DIR`: take in every file of a folder, and report what is filed with other content than was sent.

Each file is taken in by a process of its own, within the limits of a decoder. The filed picture is compared with the sent one as
Pillow shows it, with its orientation and colour profile applied by littlecms, and PDFs with what poppler draws if it is installed.
Nothing is kept.
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
from collections.abc import Iterator
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
        report |= _compare_pdf(content, intake.image.content)
    else:
        jpeg = intake.fitted or intake.image.content
        report |= _compare(_as_seen(content), _as_seen(tiff_front(jpeg, description="", dpi=300) + jpeg))
        if (
            report["outcome"] == "same"
            and (stored := _compare(_as_seen(content), _as_seen(intake.view)))["outcome"] == "different"
        ):
            report |= stored | {"detail": "its rendition"}
    if report["megabytes"] > MEGABYTES or report["cpu"] > WORKER_CPU_SECONDS:
        report["outcome"] = "too much"
    return report


def _peak() -> int:
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def _as_seen(content: bytes) -> Image.Image | None:
    """Return the picture as Pillow shows it, upright, in sRGB on white; None if it can't read it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image: Image.Image = Image.open(io.BytesIO(content))
            image.load()
            profile = image.info.get("icc_profile")
            image = ImageOps.exif_transpose(image)
            if image.mode.startswith("I;16") or image.mode == "I":
                image = Image.fromarray((np.asarray(image).astype(np.uint32) >> 8).astype(np.uint8))
            if profile and image.mode in {"RGB", "L", "CMYK"}:
                image = _to_srgb(image, profile)
            if image.mode in {"LA", "PA", "RGBA"} or "transparency" in image.info:
                rgba = image.convert("RGBA")
                image = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba)
            return image.convert("RGB")
    except Exception:  # noqa: BLE001 - this reader can't, which is not a finding
        return None


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        made = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return image
    return made or image


def _compare(sent: Image.Image | None, filed: Image.Image | None) -> Report:
    if filed is None:
        return {"outcome": "different", "detail": "the filed picture can't be read"}
    if sent is None:
        return {"outcome": "not compared"}
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


def _compare_pdf(sent: bytes, filed: bytes) -> Report:
    """Compare every page as poppler draws it; TIFFs of several pages aren't compared here."""
    if shutil.which("pdftoppm") is None or b"%PDF-" not in sent[:1024]:
        return {"outcome": "not compared"}
    with tempfile.TemporaryDirectory(prefix="clinicpro-corpus-") as folder:
        before, after = (_poppler(each, Path(folder) / name) for each, name in ((sent, "a"), (filed, "b")))
    if not before:
        return {"outcome": "not compared"}
    if len(before) != len(after):
        return {"outcome": "different", "detail": f"{len(before)} pages, then {len(after)}"}
    worst: Report = {"outcome": "same"}
    for number, (a, b) in enumerate(zip(before, after, strict=True), 1):
        found = _compare(a, b)
        if found["outcome"] == "different" and worst["outcome"] == "same":
            worst = found | {"page": number}
    return worst


def _poppler(content: bytes, stem: Path) -> list[Image.Image]:
    file = stem.with_suffix(".pdf")
    file.write_bytes(content)
    command = ["pdftoppm", "-cropbox", "-r", "50", str(file), str(stem)]
    with_timeout = subprocess.run(command, check=False, capture_output=True, timeout=60)
    if with_timeout.returncode:
        return []
    return [Image.open(page).convert("RGB") for page in sorted(stem.parent.glob(f"{stem.name}-*.ppm"))]


if __name__ == "__main__":
    main()
