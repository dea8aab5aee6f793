"""`scripts/bench web`: the desktop and the phone page by Lighthouse, what the first screen weighs, and a filing by keyboard.

The demo on loopback and real Chromium. Lighthouse judges the pages as a browser gets them (desktop preset; phone page with
Lighthouse's own slow phone). The run is: launch, three photos from disk, details with the keyboard alone, file, receipt.
"""

import argparse
import asyncio
import gzip
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect
from rich.console import Console

from browser.conftest import chromium
from demo import running_demo
from image_files import make_jpeg

NODE = Path(__file__).parent / "node"
STATIC = Path(__file__).parents[2] / "src" / "clinicpro_images" / "web" / "static"
WALK_LIMIT_S, MACHINE_LIMIT_S, FIRST_SCREEN_LIMIT_KB, SCORE_LIMIT = 8.0, 3.0, 60.0, 95
SITES = ("left shin", "l armpit", "tummy")
CATEGORIES = ("performance", "accessibility", "best-practices")


def main() -> None:
    """Measure and print; exit 1 if a limit is not met."""
    parser = argparse.ArgumentParser(prog="scripts/bench web", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="filings by keyboard (default 3)")
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    options = parser.parse_args()
    if not (NODE / "node_modules" / "lighthouse").is_dir():
        # Chromium is the machine's; Lighthouse's puppeteer need not bring another.
        subprocess.run(
            [shutil.which("npm") or "npm", "ci", "--silent"],
            cwd=NODE,
            env=os.environ | {"PUPPETEER_SKIP_DOWNLOAD": "1"},
            check=True,
        )
    found = asyncio.run(measure(options.rounds))
    Console().print_json(json.dumps(found)) if options.json else show(found)
    sys.exit(0 if kept(found) else 1)


def kept(found: dict[str, Any]) -> bool:
    """Whether every limit holds."""
    scores = [score for page in found["lighthouse"].values() for score in page.values()]
    return bool(
        min(scores) >= SCORE_LIMIT
        and found["firstScreenKB"]["desktop"] <= FIRST_SCREEN_LIMIT_KB
        and found["walkSeconds"]["median"] < WALK_LIMIT_S
        and found["walkSeconds"]["machine"] < MACHINE_LIMIT_S
    )


def show(found: dict[str, Any]) -> None:
    """Print for a person."""
    out = Console()
    for page, scores in found["lighthouse"].items():
        words = ", ".join(f"{name} {score}" for name, score in scores.items())
        out.print(f"Lighthouse, {page}: {words} (limit {SCORE_LIMIT})")
    for page, size in found["firstScreenKB"].items():
        out.print(f"First screen, {page}: {size} kB gzipped (limit {FIRST_SCREEN_LIMIT_KB} for the desktop)")
    walk = found["walkSeconds"]
    out.print(
        f"Launch to receipt, three photos, keyboard alone: median {walk['median']} s of {walk['rounds']} "
        f"(limit {WALK_LIMIT_S} s); of it the computer's own, from the files to all three shown and from File to the receipt: "
        f"{walk['machine']} s (limit {MACHINE_LIMIT_S} s)"
    )


async def measure(rounds: int) -> dict[str, Any]:
    """Start the demo, measure, stop it."""
    with running_demo() as evolution:
        return await at(evolution, rounds)


async def at(evolution: str, rounds: int) -> dict[str, Any]:
    """File by keyboard, then let Lighthouse examine the pages with the cookie of an open session."""
    path = chromium()
    async with async_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = await playwright.chromium.launch(executable_path=path, args=flags)
        walks = [await walk(browser, evolution, each) for each in range(rounds)]
        context = await browser.new_context()
        widget = await launched(context, await opened(context, evolution))
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(widget.url))
        cookies = "; ".join(f"{each['name']}={each['value']}" for each in await context.cookies(origin))
        await browser.close()
    return {
        "walkSeconds": {
            "median": round(statistics.median(took for took, _ in walks), 2),
            "machine": round(statistics.median(machine for _, machine in walks), 2),
            "rounds": rounds,
        },
        "firstScreenKB": {page: first_screen_kilobytes(page) for page in ("desktop", "phone")},
        "lighthouse": {
            "desktop": await lighthouse(f"{origin}/", path, "--preset=desktop", cookie=cookies),
            "phone": await lighthouse(f"{origin}/phone", path),
        },
    }


async def opened(context: BrowserContext, evolution: str) -> Page:
    """Evolution with a patient open."""
    chart = await context.new_page()
    await chart.goto(evolution)
    await chart.get_by_role("button", name="TESTING").first.click()
    await chart.get_by_role("region", name="Patient", exact=True).wait_for()
    return chart


async def launched(context: BrowserContext, chart: Page) -> Page:
    """The widget, ready for the first image."""
    async with context.expect_page() as page:
        await chart.get_by_role("button", name="ClinicPro Images", exact=True).click()
    widget = await page.value
    await widget.get_by_text("Drop photos here").wait_for()
    return widget


async def walk(browser: Browser, evolution: str, number: int) -> tuple[float, float]:
    """Seconds from the press of Evolution's icon to the receipt, and how many of them one waits for the computer."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{each}.jpg" for each in range(3)]
        for each, file in enumerate(files):
            file.write_bytes(make_jpeg(width=4032, height=3024, seed=number * 10 + each))
        context = await browser.new_context(viewport={"width": 1280, "height": 800})
        chart = await opened(context, evolution)
        start = time.monotonic()
        widget = await launched(context, chart)
        machine = await file_three(widget, files)
        took = time.monotonic() - start
        await context.close()
    return took, machine


async def file_three(widget: Page, files: list[Path]) -> float:
    """From disk into the record, by keyboard; returns the seconds of waiting for photos to appear and to be filed."""
    chosen = time.monotonic()
    await widget.get_by_label("Add photos").first.set_input_files(files)
    await expect(widget.locator(".thumbs li[data-id]")).to_have_count(len(files), timeout=30_000)
    await expect(widget.get_by_text("3 of 3 selected")).to_be_visible()
    waited = time.monotonic() - chosen
    await widget.keyboard.press("PageUp")
    await expect(widget.get_by_text("Photo 1 of 3")).to_be_visible()
    await widget.keyboard.press("Enter")
    for typed in SITES:
        await widget.keyboard.type(typed)
        await widget.get_by_role("option").first.wait_for()
        await widget.keyboard.press("Enter")
        await widget.keyboard.press("PageDown")
    await widget.keyboard.press("Control+Enter")
    button = widget.get_by_role("button", name="File to record", exact=True)
    await button.wait_for()
    pressed = time.monotonic()
    await button.press("Enter")
    await widget.get_by_role("heading", name="Filed in the record").wait_for()
    return waited + time.monotonic() - pressed


def first_screen(page: str) -> dict[str, bytes]:
    """The scripts that the page's HTML asks for, and those that they import at once."""
    return _with_imports(re.findall(r'(?:src|href)="/assets/([^"]+\.js)"', _html(page)))


def loaded_with(pattern: str) -> dict[str, bytes]:
    """The scripts of this name, and those that they import at once."""
    return _with_imports([file.name for file in (STATIC / "assets").glob(pattern)])


def _with_imports(waiting: list[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found[name] = (STATIC / "assets" / name).read_bytes()
        waiting += re.findall(r'(?:from|import)\s*"\./([^"]+\.js)"', found[name].decode())
    return found


def first_screen_kilobytes(page: str) -> float:
    """What the first screen needs, page, scripts and styles, each gzipped, in kB of 1,000 bytes."""
    html = _html(page)
    styles = re.findall(r'href="/assets/([^"]+\.css)"', html)
    files = [html.encode(), *first_screen(page).values()]
    files += [(STATIC / "assets" / name).read_bytes() for name in styles]
    return round(sum(len(gzip.compress(file)) for file in files) / 1000, 1)


def _html(page: str) -> str:
    return (STATIC / ("index.html" if page == "desktop" else f"{page}.html")).read_text()


async def lighthouse(url: str, chromium: str, *more: str, cookie: str = "") -> dict[str, int]:
    """Scores of 100 in the three categories; a run in which Lighthouse itself failed is repeated."""
    for _ in range(3):
        scores = await judged(url, chromium, *more, cookie=cookie)
        if scores is not None:
            return scores
    raise SystemExit(f"Lighthouse failed three times on {url}.")


async def judged(url: str, chromium: str, *more: str, cookie: str) -> dict[str, int] | None:
    """One run; None if Lighthouse reports an error of its own."""
    with tempfile.TemporaryDirectory() as folder:
        report, headers = Path(folder) / "report.json", Path(folder) / "headers.json"
        headers.write_text(json.dumps({"Cookie": cookie} if cookie else {}))
        run = await asyncio.create_subprocess_exec(
            *("node", str(NODE / "node_modules" / "lighthouse" / "cli" / "index.js"), url, "--quiet"),
            *("--output=json", f"--output-path={report}", f"--extra-headers={headers}"),
            *(f"--only-categories={','.join(CATEGORIES)}", "--chrome-flags=--headless=new --no-sandbox"),
            *more,
            env=os.environ | {"CHROME_PATH": chromium},
        )
        await run.wait()
        if not report.exists():
            raise SystemExit("Lighthouse made no report: is tests/bench/node installed (npm ci there)?")
        read = json.loads(report.read_text())
    if read.get("runtimeError"):
        return None
    scored = read["categories"]
    return {name: round((scored[name]["score"] or 0) * 100) for name in CATEGORIES}


if __name__ == "__main__":
    main()
