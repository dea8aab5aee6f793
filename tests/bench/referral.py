"""`scripts/bench referral`: every profile of the referral pack, over many commits of patients with awkward names.

A real gateway and the sandbox on loopback. Each commit has one to four photos of different sizes, whose labels, notes and
free-text body sites name the patient as people do: in capitals, without macrons, with NHI and birth date. Each profile's
pack is taken without identifiers: every photo has to be under the limit and look like what was filed (SSIM), and nothing
in names, text, bytes or metadata may identify the patient. Metadata is read with exiftool if it is installed.
"""

import argparse
import asyncio
import io
import json
import logging
import re
import shutil
import subprocess
import sys
import tempfile
import unicodedata
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from PIL import Image
from rich.console import Console

from alex_sandbox.seed import SeedPatient, load_seed
from clinicpro_images.logs import configure_logs
from image_files import make_jpeg
from running import FOREARM, BrowserSession, running, running_sandbox
from ssim import ssim

PROFILES = {"500kB": 500_000, "1MB": 1_000_000, "4MBx3": 4_000_000, "5MB": 5_000_000}
LEAST_ALIKE = 0.95
SHORTEST_NAME = 3
_BY_CHANCE = 4
"""Letters of a word that a megabyte of compressed pixels may contain."""
FACILITY = "F2N060-E"
SIZES = ((640, 480, 85), (1600, 1200, 92), (2600, 1900, 97), (3024, 4032, 90))


@dataclass
class Found:
    """What all packs came to."""

    packs: int = 0
    photos: int = 0
    over: list[str] = field(default_factory=list)
    alike: list[float] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether every limit holds."""
        return not self.over and not self.told and min(self.alike) >= LEAST_ALIKE


def main() -> None:
    """Measure and print; exit 1 if a photo is too large, too different, or says whose it is."""
    parser = argparse.ArgumentParser(prog="scripts/bench referral", description=__doc__)
    parser.add_argument("--commits", type=int, default=100)
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    options = parser.parse_args()
    configure_logs(readable=True, level=logging.CRITICAL)
    found = run(options.commits)
    console = Console(soft_wrap=True, highlight=False)
    figures = {
        "packs": found.packs,
        "photos": found.photos,
        "overTheLimit": len(found.over),
        "leastAlike": round(min(found.alike), 4),
        "identifiers": len(found.told),
        "exiftool": shutil.which("exiftool") is not None,
    }
    if options.json:
        console.print_json(data=figures)
    else:
        console.print(", ".join(f"{name} {value}" for name, value in figures.items()))
        for problem in [*found.over, *found.told]:
            console.print(problem)
    sys.exit(0 if found.holds else 1)


def run(commits: int) -> Found:
    """File so many commits and take every profile's pack of each."""
    with running_sandbox() as sandbox, tempfile.TemporaryDirectory(prefix="clinicpro-referral-") as folder:
        return asyncio.run(_measure(sandbox, Path(folder), commits))


async def _measure(sandbox: Any, folder: Path, commits: int) -> Found:
    found = Found()
    patients = load_seed(None).facilities[FACILITY].patients
    async with running(sandbox, folder) as browser:
        for number in range(commits):
            patient = patients[number % len(patients)]
            await browser.launch(patient.id, facility=FACILITY)
            await _one(browser, patient, number, found)
    return found


async def _one(browser: BrowserSession, patient: SeedPatient, number: int, found: Found) -> None:
    random = Random(number)  # noqa: S311 - must be repeatable
    stored: list[bytes] = []
    ids: list[str] = []
    for at in range(random.randint(1, 4)):
        width, height, quality = random.choice(SIZES)
        added = await browser.add(
            make_jpeg(width=width, height=height, quality=quality, seed=number * 10 + at, gps=True)
        )
        await browser.describe(added["id"], **_said(patient, number + at))
        stored.append((await browser.client.get(f"/api/images/{added['id']}/content?size=full")).content)
        ids.append(added["id"])
    commit = await browser.file(*ids, key=f"referral-{number}")
    for code, limit in PROFILES.items():
        reply = await browser.client.get(f"/api/commits/{commit['id']}/referral", params={"limit": code})
        reply.raise_for_status()
        files = _unpacked(reply.content)
        where = f"commit {number}, {code}"
        found.packs += 1
        found.told += [f"{where}: {each}" for each in identifiers(patient, files)]
        photos = [content for name, content in files.items() if name.endswith(".jpg")]
        if len(photos) != len(ids):
            found.over.append(f"{where}: {len(photos)} of {len(ids)} photos")
        for content, original in zip(photos, stored, strict=False):
            found.photos += 1
            found.alike.append(ssim(original, content))
            if len(content) >= limit or Image.open(io.BytesIO(content)).format != "JPEG":
                found.over.append(f"{where}: {len(content)} bytes")


def _unpacked(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def _said(patient: SeedPatient, number: int) -> dict[str, object]:
    """Details that name the patient as people write it."""
    name, born = patient.name, patient.birth_date
    plain = folded(name.family)
    labels = (
        f"{name.family}'s mole",
        f"Mole {plain.upper()} {patient.nhi}",
        f"{name.full} {born:%d/%m/%Y}",
        f"{patient.nhi.lower()} spot, born {born.day} {born:%B %Y}",
        f"{' '.join(name.given)} – {born.isoformat()}",
        f"{plain.title()}’s, {born:%d.%m.%y}",
    )
    said: dict[str, object] = {
        "label": labels[number % len(labels)][:60],
        "notes": f"{name.full} {patient.nhi}",
    }
    if number % 4 == 0:
        return said | {"bodySite": {"text": f"under {name.family}'s ring"}}
    return said | {"bodySite": FOREARM, "view": "close-up", "type": "lesion"}


def folded(text: str) -> str:
    """Return the text without accents and capitals."""
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(each for each in decomposed if not unicodedata.combining(each)).casefold()


def identifiers(patient: SeedPatient, files: dict[str, bytes]) -> list[str]:
    """Return what in these files says whose they are: each word that does, and where it is."""
    born = patient.birth_date
    names = {
        word for word in re.split(r"[\s\-'’.]+", folded(patient.name.full)) if len(word) >= SHORTEST_NAME
    }
    titles = {"mr", "mrs", "ms", "miss", "mx", "dr", "master"}
    words = {*(names - titles), patient.nhi.casefold(), patient.id}
    words |= {f"{born:{style}}".casefold() for style in ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%y", "%d %B %Y")}
    words.add(f"{born.day} {born:%B %Y}".casefold())
    told = []
    for at, (name, content) in enumerate(files.items()):
        texts = {"name": name, "metadata": metadata(name, content)}
        if name.endswith(".txt"):
            texts["text"] = content.decode("utf-8-sig")
        else:
            # A short name comes about by chance among a megabyte of pixels; before them it does not, and a long one never.
            texts["header"] = _readable(content.partition(b"\xff\xda")[0])
            texts["bytes"] = _readable(content)
        for kind, text in texts.items():
            plain = folded(text)
            told += [
                f"file {at + 1}, {kind}"
                for word in words
                if (kind != "bytes" or len(word) > _BY_CHANCE)
                and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", plain)
            ]
    return told


def _readable(content: bytes) -> str:
    return "\n".join(re.findall(r"[ -~]{3,}", content.decode("latin-1")))


def metadata(name: str, content: bytes) -> str:
    """Return everything that exiftool, or else Pillow, reads of a photo."""
    if not name.endswith(".jpg"):
        return ""
    if tool := shutil.which("exiftool"):
        read = subprocess.run([tool, "-a", "-u", "-j", "-"], input=content, capture_output=True, check=True)
        return json.dumps(json.loads(read.stdout), ensure_ascii=False)
    image = Image.open(io.BytesIO(content))
    return f"{dict(image.getexif())} {image.info.get('comment', '')} {image.info.get('xmp', '')}"


if __name__ == "__main__":
    main()
