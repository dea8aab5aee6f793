"""Does the phone's capture coach see what is wrong with a photo, equally well on every skin tone? Without a browser.

Renders 600 photos, and 100 with a ruler (bench/skin.py), lets the page's own code judge them in Node.js, and prints for each
fault how well it is told from a good photo (area under the ROC curve), the false alarms, and the difference between tones.
"""

import argparse
import functools
import json
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from PIL import Image

from bench.skin import MONK, Variant, render, variants

JUDGE = Path(__file__).parent / "node" / "coach.mjs"
EDGE = 512
LIGHT = ("dark", "bright", "glare")


def drawn(variant: Variant, keep: Path | None = None) -> bytes:
    """The photo as the coach gets it: RGBA, longest edge 512; rendered before, if it is in the folder `keep`."""
    file = None if keep is None else keep / f"{variant.tone}-{variant.seed}-{variant.fault}.png"
    if file is not None and file.exists():
        with Image.open(file) as kept:
            return kept.convert("RGBA").tobytes()
    photo = render(variant).convert("RGBA")
    photo.thumbnail((EDGE, EDGE))
    if file is not None:
        photo.convert("RGB").save(file, compress_level=1)
    return photo.tobytes()


def judged(found: Sequence[Variant], workers: int = 2, keep: Path | None = None) -> list[dict[str, Any]]:
    """What the page's own code says of each photo."""
    with TemporaryDirectory() as folder, ProcessPoolExecutor(workers) as pool:
        file = Path(folder) / "photos"
        with file.open("wb") as photos:
            for photo in pool.map(functools.partial(drawn, keep=keep), found, chunksize=10):
                photos.write(photo)
        command = ["node", str(JUDGE), str(file), "512", "384"]
        verdicts: list[dict[str, Any]] = json.loads(subprocess.check_output(command))
    assert len(verdicts) == len(found)
    return verdicts


def area(bad: Sequence[float], good: Sequence[float]) -> float:
    """Area under the ROC curve: how often a bad photo scores higher than a good one."""
    first, second = np.asarray(bad)[:, None], np.asarray(good)[None, :]
    return float((first > second).mean() + 0.5 * (first == second).mean())


def figures(found: Sequence[Variant], verdicts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """AUC of blur and light, false alarms, and the widest difference between tones, in shares of 1."""
    pairs = list(zip(found, verdicts, strict=True))

    def scores(name: str, *faults: str) -> list[float]:
        return [verdict["scores"][name] for variant, verdict in pairs if variant.fault in faults]

    def share(condition: list[bool]) -> float:
        return float(np.mean(condition))

    good = [(variant.tone, bool(verdict["hints"])) for variant, verdict in pairs if variant.fault == "none"]
    by_tone = {
        wanted + 1: share([alarm for tone, alarm in good if tone == wanted])
        for wanted in range(len(MONK))
        if any(tone == wanted for tone, _ in good)
    }
    lighter = share([alarm for tone, alarm in good if tone < len(MONK) / 2])
    darker = share([alarm for tone, alarm in good if tone >= len(MONK) / 2])

    def halves(name: str, *faults: str) -> list[float]:
        """AUC of one sentence on the lighter and on the darker tones, each against good photos of the same tones."""
        return [
            area(
                [
                    v["scores"][name]
                    for each, v in pairs
                    if each.fault in faults and (each.tone < half) == lighter
                ],
                [
                    v["scores"][name]
                    for each, v in pairs
                    if each.fault == "none" and (each.tone < half) == lighter
                ],
            )
            for lighter in (True, False)
        ]

    half = len(MONK) / 2
    return {
        "blur": area(scores("blur", "focus", "motion"), scores("blur", "none")),
        "dark": area(scores("dark", "dark"), scores("dark", "none")),
        "bright": area(scores("bright", "bright"), scores("bright", "none")),
        "glare": area(scores("glare", "glare"), scores("glare", "none")),
        "light": min(area(scores(name, name), scores(name, "none")) for name in LIGHT),
        "false alarms": share([alarm for _, alarm in good]),
        "between tones": abs(lighter - darker),
        "false alarms by tone": by_tone,
        "AUC, lighter and darker tones": {
            "blur": halves("blur", "focus", "motion"),
            **{name: halves(name, name) for name in LIGHT},
        },
        "said": {
            fault: share([bool(verdict["hints"]) for variant, verdict in pairs if variant.fault == fault])
            for fault in ("focus", "motion", *LIGHT)
        },
        "ruler seen": share([verdict["scale"] for variant, verdict in pairs if variant.fault == "ruler"]),
        "ruler where there is none": share(
            [verdict["scale"] for variant, verdict in pairs if variant.fault == "none"]
        ),
        "milliseconds": float(np.median([verdict["milliseconds"] for verdict in verdicts])),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10, help="scenes for each of the ten tones")
    parser.add_argument(
        "--first", type=int, default=0, help="the first scene; the thresholds were set on 0 to 9"
    )
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="a folder for the rendered photos, to use them again")
    parser.add_argument(
        "--only-render", action="store_true", help="render into that folder, and judge nothing"
    )
    options = parser.parse_args()
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
    found = variants(options.seeds, options.first)
    if options.only_render:
        with ProcessPoolExecutor(options.workers) as pool:
            list(pool.map(functools.partial(drawn, keep=options.keep), found, chunksize=10))
        return
    for name, figure in figures(found, judged(found, options.workers, options.keep)).items():
        sys.stdout.write(f"{name:22} {figure}\n")


if __name__ == "__main__":
    main()
