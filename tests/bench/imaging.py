"""`scripts/bench imaging`: what each kind of file costs from arrival to what is filed, beside sharp and Pillow in one run.

Each line is measured in a process of its own; times are medians of `--times` runs after one that is not counted.
"""

import argparse
import io
import json
import os
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image, ImageOps
from rich.console import Console
from rich.table import Table

from clinicpro_images.imaging.clean import clean
from clinicpro_images.imaging.fit import fit_scan
from clinicpro_images.imaging.limits import FitLimits
from clinicpro_images.imaging.pixels import configure_libvips
from containers import document_pdf, make_heic, make_tiff, make_webp
from image_files import icc_profile, make_jpeg, make_png

NODE = Path(__file__).parent / "node"
Report = dict[str, Any]


def main() -> None:
    """Measure, and print tables or JSON."""
    parser = argparse.ArgumentParser(prog="scripts/bench imaging", description=__doc__)
    parser.add_argument("--times", type=int, default=9)
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    options = parser.parse_args()
    configure_libvips()
    pillow_heif.register_heif_opener()
    _install_sharp()
    kinds = {name: _whole_way(name, make(), options.times) for name, make in KINDS.items()}
    beside = {
        "1600 × 1200, fits: JPEG to TIFF": _beside(make_jpeg(width=1600, height=1200), 0, options.times),
        "12 MP on its side: upright, 2400 pixels, TIFF": _beside(
            make_jpeg(width=3024, height=4032, orientation=6, gps=True), 2400, options.times
        ),
    }
    if options.json:
        Console().print_json(data={"kinds": kinds, "beside": beside})
        return
    _print(kinds, beside)


KINDS: dict[str, Callable[[], bytes]] = {
    "JPEG 1600 × 1200": lambda: make_jpeg(width=1600, height=1200),
    "JPEG 12 MP": lambda: make_jpeg(width=4032, height=3024),
    "JPEG 12 MP, on its side": lambda: make_jpeg(width=3024, height=4032, orientation=6, gps=True),
    "JPEG 12 MP, Display P3": lambda: make_jpeg(width=4032, height=3024, profile=icc_profile("p3")),
    "JPEG 12 MP, progressive": lambda: make_jpeg(width=4032, height=3024, progressive=True),
    "JPEG 48 MP": lambda: make_jpeg(width=8064, height=6048),
    "HEIC 12 MP": lambda: make_heic(width=4032, height=3024, quality=75),
    "HEIC 24 MP": lambda: make_heic(width=5712, height=4284, quality=75),
    "WebP 12 MP": lambda: make_webp(width=4032, height=3024),
    "PNG 2 MP": lambda: make_png(width=1600, height=1200),
    "PNG 2 MP, see-through": lambda: make_png(width=1600, height=1200, mode="RGBA"),
    "TIFF 8 MP, deflate": lambda: make_tiff(width=3264, height=2448),
    "TIFF 8 MP, 10 pages of fax": lambda: make_tiff(
        width=1728, height=2200, mode="1", compression="group4", pages=10
    ),
    "PDF, 5 pages with a photo": lambda: document_pdf(pages=5, image=make_jpeg(width=1600, height=1200)),
}


def _whole_way(name: str, content: bytes, times: int) -> Report:
    def work() -> bytes:
        cleaned = clean(content)
        return fit_scan(
            cleaned.content, cleaned.content_type, description="Left forearm", limits=FitLimits()
        ).content

    Console(stderr=True).print(f"Measuring {name} …")
    report = _apart(work, max(3, times // 3) if "48" in name else times)
    made = report.pop("made")
    return report | {"in": len(content)} | _likeness(content, made)


def _beside(content: bytes, edge: int, times: int) -> dict[str, Report]:
    def ours() -> bytes:
        return fit_scan(content, "image/jpeg", description="Left forearm", limits=FitLimits()).content

    def both_steps() -> bytes:
        again = clean(content)
        return fit_scan(again.content, "image/jpeg", description="Left forearm", limits=FitLimits()).content

    def pillow() -> bytes:
        decoded: Image.Image = Image.open(io.BytesIO(content))
        if edge:
            decoded.draft("RGB", (edge, edge))
            decoded = ImageOps.exif_transpose(decoded)
            decoded.thumbnail((edge, edge), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        decoded.save(out, "TIFF", compression="jpeg", quality=80)
        return out.getvalue()

    name = "upright and fit in one step" if edge else "wrap"
    found: dict[str, Report] = {}
    for title, work in (
        (f"ClinicPro Images, {name}", ours),
        ("ClinicPro Images, cleaned, then fitted", both_steps),
    ):
        found[title] = _apart(work, times)
        found[title] |= _likeness(content, found[title].pop("made"))
    with tempfile.TemporaryDirectory(prefix="clinicpro-imaging-") as folder:
        file = Path(folder) / "in.jpg"
        file.write_bytes(content)
        for threads in (1, 0):
            said = _sharp(file, edge, threads, times)
            found[f"sharp, {said['threads']} thread{'s' if said['threads'] > 1 else ''}"] = said
    found["Pillow"] = _apart(pillow, times)
    del found["Pillow"]["made"]
    return found


def _apart(work: Callable[[], bytes], times: int) -> Report:
    """Do the work in a forked process; wall and CPU milliseconds (medians), the peak of its memory in MB, and what came out.

    Never in this process: the threads libvips keeps would not survive the next fork.
    """
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        walls, cpus, made = [], [], b""
        for run in range(times + 1):
            used, start = _cpu(), time.perf_counter()
            made = work()
            if run:
                walls.append(1000 * (time.perf_counter() - start))
                cpus.append(1000 * (_cpu() - used))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        report = {"wall": statistics.median(walls), "cpu": statistics.median(cpus), "megabytes": peak}
        with os.fdopen(write, "wb") as answer:
            answer.write(json.dumps(report).encode() + b"\n" + made)
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        head, _, made = pipe.read().partition(b"\n")
    os.waitpid(child, 0)
    said: Report = json.loads(head)
    return said | {"bytes": len(made), "made": made}


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _likeness(original: bytes, filed: bytes) -> Report:
    """How similar the filed image is to its upright original, resized by Pillow to the same size; a PDF by its first page."""
    if filed.startswith(b"%PDF"):
        return {}
    seen = Image.open(io.BytesIO(filed)).convert("RGB")
    meant: Image.Image = Image.open(io.BytesIO(original))
    if meant.info.get("icc_profile") or original.startswith(b"%PDF"):
        return {}
    meant = ImageOps.exif_transpose(meant)
    if "A" in meant.mode:
        white = Image.new("RGBA", meant.size, "white")
        meant = Image.alpha_composite(white, meant.convert("RGBA"))
    meant = meant.convert("RGB")
    if meant.size != seen.size:
        meant = meant.resize(seen.size, Image.Resampling.LANCZOS)
    a, b = np.asarray(meant).astype(np.float64), np.asarray(seen).astype(np.float64)
    error = float(((a - b) ** 2).mean())
    return {
        "psnr": 99.0 if not error else 10 * float(np.log10(255**2 / error)),
        "ssim": _ssim(a.mean(2), b.mean(2)),
    }


def _ssim(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Return the mean structural similarity over blocks of 8 × 8."""
    height, width = a.shape[0] // 8 * 8, a.shape[1] // 8 * 8

    def blocks(plane: NDArray[np.float64]) -> NDArray[np.float64]:
        return plane[:height, :width].reshape(height // 8, 8, width // 8, 8).swapaxes(1, 2).reshape(-1, 64)

    x, y = blocks(a), blocks(b)
    mx, my = x.mean(1), y.mean(1)
    both = (x * y).mean(1) - mx * my
    c1, c2 = 6.5025, 58.5225
    top = (2 * mx * my + c1) * (2 * both + c2)
    return float((top / ((mx**2 + my**2 + c1) * (x.var(1) + y.var(1) + c2))).mean())


def _install_sharp() -> None:
    if not (NODE / "node_modules" / "sharp").exists():
        Console(stderr=True).print("Installing sharp …")
        command = "source scripts/node.sh && cd tests/bench/node && npm_run ci --silent --ignore-scripts"
        subprocess.run(["/bin/bash", "-c", command], check=True, cwd=NODE.parents[2])


def _sharp(file: Path, edge: int, threads: int, times: int) -> Report:
    command = 'source scripts/node.sh && exec node tests/bench/node/image.mjs "$@"'
    arguments = [str(file), str(edge), str(threads), str(times)]
    said = subprocess.run(
        ["/bin/bash", "-c", command, "sharp", *arguments],
        check=True,
        capture_output=True,
        text=True,
        cwd=NODE.parents[2],
    )
    report: Report = json.loads(said.stdout)
    return report


def _print(kinds: dict[str, Report], beside: dict[str, dict[str, Report]]) -> None:
    table = Table("file", "in kB", "ms", "CPU ms", "peak MB", "filed kB", "PSNR dB", "SSIM")
    for name, report in kinds.items():
        table.add_row(name, f"{report['in'] / 1000:.0f}", *_cells(report))
    Console(width=140).print(table)
    for title, lines in beside.items():
        table = Table(title, "ms", "CPU ms", "peak MB", "filed kB", "PSNR dB", "SSIM")
        for name, report in lines.items():
            table.add_row(name, *_cells(report))
        Console(width=140).print(table)


def _cells(report: Report) -> list[str]:
    return [
        f"{report['wall']:.1f}",
        f"{report['cpu']:.1f}",
        str(report["megabytes"]),
        f"{report['bytes'] / 1000:.0f}",
        f"{report['psnr']:.1f}" if "psnr" in report else "",
        f"{report['ssim']:.3f}" if "ssim" in report else "",
    ]


if __name__ == "__main__":
    main()
