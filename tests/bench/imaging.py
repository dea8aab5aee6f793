"""`scripts/bench imaging`: what each kind of file costs from arrival to what is filed, beside sharp and Pillow in one run.

Each line is measured in a fresh process of its own; times are medians of `--times` runs after one that isn't counted. The
others encode at the quality that gives the same size and likeness as the product's.
"""

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image, ImageOps
from rich.console import Console
from rich.table import Table

from bench.imaging_once import EDGE, LIKE_QUALITY
from clinicpro_images.imaging.limits import WORKER_MALLOC
from containers import document_pdf, make_avif, make_bmp, make_heic, make_tiff, make_webp
from corpus.sound import heavy
from image_files import icc_profile, make_jpeg, make_png

NODE = Path(__file__).parent / "node"
ROOT = Path(__file__).parents[2]
Report = dict[str, Any]


def main() -> None:
    """Measure, and print tables or JSON."""
    parser = argparse.ArgumentParser(prog="scripts/bench imaging", description=__doc__)
    parser.add_argument("--times", type=int, default=9)
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    parser.add_argument("--beside", action="store_true", help="only what is measured beside sharp and Pillow")
    options = parser.parse_args()
    pillow_heif.register_heif_opener()
    _install_sharp()
    with tempfile.TemporaryDirectory(prefix="clinicpro-imaging-") as folder:
        bench = Bench(Path(folder), options.times)
        kinds = (
            {}
            if options.beside
            else {name: bench.once("intake", name, make()) for name, make in KINDS.items()}
        )
        looks = {title: bench.once(work, title, make()) for title, (work, make) in LOOKS.items()}
        beside = {title: bench.beside(make()) for title, make in BESIDE.items()}
    if options.json:
        Console().print_json(data={"kinds": kinds, "looks": looks, "beside": beside})
        return
    _print("intake, with what will be filed", kinds)
    _print("the second look", looks)
    for title, lines in beside.items():
        _print(title, lines)


KINDS: dict[str, Callable[[], bytes]] = {
    "JPEG 1600 × 1200": lambda: make_jpeg(width=1600, height=1200),
    "JPEG 12 MP": lambda: make_jpeg(width=4032, height=3024),
    "JPEG 12 MP, on its side": lambda: make_jpeg(width=3024, height=4032, orientation=6, gps=True),
    "JPEG 12 MP, Display P3": lambda: make_jpeg(width=4032, height=3024, profile=icc_profile("p3")),
    "JPEG 12 MP, progressive": lambda: make_jpeg(width=4032, height=3024, progressive=True),
    "JPEG 48 MP": lambda: make_jpeg(width=8064, height=6048),
    "JPEG 100 MP, on its side": lambda: heavy(on_its_side=True),
    "HEIC 12 MP": lambda: make_heic(width=4032, height=3024, quality=75),
    "HEIC 24 MP": lambda: make_heic(width=5712, height=4284, quality=75),
    "WebP 12 MP": lambda: make_webp(width=4032, height=3024),
    "AVIF 12 MP": lambda: make_avif(width=4032, height=3024),
    "BMP 2 MP": lambda: make_bmp(width=1600, height=1200),
    "PNG 2 MP": lambda: make_png(width=1600, height=1200),
    "PNG 2 MP, see-through": lambda: make_png(width=1600, height=1200, mode="RGBA"),
    "TIFF 8 MP, deflate": lambda: make_tiff(width=3264, height=2448),
    "TIFF 8 MP, 10 pages of fax": lambda: make_tiff(
        width=1728, height=2200, mode="1", compression="group4", pages=10
    ),
    "PDF, 5 pages with a photo": lambda: document_pdf(pages=5, image=make_jpeg(width=1600, height=1200)),
}


LOOKS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a photo of 2,400 pixels": ("look", lambda: make_jpeg(width=4032, height=3024)),
    "a page of a PDF": (
        "look at page",
        lambda: document_pdf(pages=1, image=make_jpeg(width=1600, height=1200)),
    ),
}

BESIDE: dict[str, Callable[[], bytes]] = {
    "JPEG 1600 × 1200 that fits": lambda: make_jpeg(width=1600, height=1200),
    "JPEG 12 MP, upright": lambda: make_jpeg(width=4032, height=3024, gps=True),
    "JPEG 12 MP on its side": lambda: make_jpeg(width=3024, height=4032, orientation=6, gps=True),
    "JPEG 12 MP, Display P3": lambda: make_jpeg(width=4032, height=3024, profile=icc_profile("p3")),
}


class Bench:
    """Measures work in fresh processes, with files in a folder of its own."""

    def __init__(self, folder: Path, times: int) -> None:
        self._in, self._out = folder / "in", folder / "out"
        self._times = times

    def once(self, work: str, name: str, content: bytes) -> Report:
        """Measure one kind of work on one file."""
        Console(stderr=True).print(f"Measuring {name}: {work} …")
        self._in.write_bytes(content)
        times = str(max(3, self._times // 3) if len(content) > 5_000_000 else self._times)
        command = [sys.executable, "-m", "bench.imaging_once", work, str(self._in), times, str(self._out)]
        environment = os.environ | WORKER_MALLOC | {"PYTHONPATH": str(ROOT / "tests")}
        run = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment)
        report: Report = json.loads(run.stdout)
        return report | {"in": len(content)} | _likeness(content, self._out.read_bytes())

    def beside(self, content: bytes) -> dict[str, Report]:
        """Measure intake and, if the photo fits, the wrap beside what others do with the same photo."""
        found = {"ClinicPro Images, intake and fit": self.once("intake", "ours", content)}
        if max(Image.open(io.BytesIO(content)).size) <= EDGE:
            found["ClinicPro Images, wrap"] = self.once("wrap", "ours", content)
        for threads in (1, 0):
            report = self._sharp(content, threads)
            found[f"sharp, {'one thread' if threads else 'its own number of threads'}"] = report
        found["Pillow"] = self.once("pillow", "Pillow", content)
        return found

    def _sharp(self, content: bytes, threads: int) -> Report:
        self._in.write_bytes(content)
        command = 'source scripts/node.sh && exec node tests/bench/node/image.mjs "$@"'
        options = [str(EDGE), str(threads), str(self._times), str(LIKE_QUALITY)]
        arguments = ["sharp", str(self._in), *options, str(self._out)]
        run = subprocess.run(
            ["/bin/bash", "-c", command, *arguments], check=True, stdout=subprocess.PIPE, cwd=ROOT
        )
        report: Report = json.loads(run.stdout)
        return report | {"in": len(content)} | _likeness(content, self._out.read_bytes())


def _likeness(original: bytes, filed: bytes) -> Report:
    """How similar the filed image is to its upright original, resized by Pillow to the same size; a PDF by its first page."""
    if filed.startswith(b"%PDF") or original.startswith(b"%PDF"):
        return {}
    seen = Image.open(io.BytesIO(filed)).convert("RGB")
    meant: Image.Image = Image.open(io.BytesIO(original))
    if meant.info.get("icc_profile"):
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
        subprocess.run(["/bin/bash", "-c", command], check=True, cwd=ROOT)


def _print(title: str, lines: dict[str, Report]) -> None:
    if not lines:
        return
    table = Table(title, "in kB", "ms", "CPU ms", "peak MB", "filed kB", "PSNR dB", "SSIM")
    for name, report in lines.items():
        table.add_row(name, f"{report['in'] / 1000:.0f}", *_cells(report))
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
