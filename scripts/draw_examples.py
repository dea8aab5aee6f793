#!/usr/bin/env python3
"""Draw the demo's fictional clinical photos as a phone would have taken them.

    .venv/bin/python scripts/draw_examples.py [NAME …]

No one was photographed: every image is computed from noise with a fixed seed. With the locked versions of NumPy,
Pillow and libvips, the files are reproduced byte for byte; other versions may round a few pixels differently.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent / "examples"))

from close_ups import dermoscopy, mole
from phone import Capture, photo
from regions import cut, forearm, rash, ulcer

FOLDER: Final = Path(__file__).parents[1] / "src/clinicpro_images/web/examples"
LONG_EDGE, SHORT_EDGE = 4032, 3024
MAX_BYTES: Final = 1_000_000


@dataclass(frozen=True)
class Example:
    """One example: its file name, its title and suggested label in the widget, its drawing function and its capture."""

    name: str
    title: str
    label: str
    draw: Callable[[np.random.Generator, tuple[int, int]], NDArray[np.uint8]]
    seed: int
    capture: Capture


# All locations are in the open sea east of the Wairarapa.
EXAMPLES: Final = (
    Example(
        "forearm",
        "Forearm with a dark spot",
        "Forearm",
        forearm,
        7,
        Capture(1, "2026:11:16 09:41:07", 41.8117, 178.4402),
    ),
    Example(
        "mole", "Mole, close-up", "Mole 1", mole, 7, Capture(6, "2026:11:16 09:41:52", 41.8118, 178.4404)
    ),
    Example(
        "dermoscopy",
        "Mole, dermoscopy",
        "Mole 1",
        dermoscopy,
        7,
        Capture(1, "2026:11:16 09:43:18", 41.8117, 178.4403),
    ),
    Example(
        "rash", "Rash on the back", "Rash", rash, 7, Capture(6, "2026:11:17 14:05:33", 41.9036, 178.6120)
    ),
    Example(
        "wound",
        "Stitched wound with ruler",
        "Wound",
        cut,
        7,
        Capture(3, "2026:11:18 10:22:46", 42.0455, 178.2291),
    ),
    Example("ulcer", "Leg ulcer", "Ulcer", ulcer, 7, Capture(8, "2026:11:19 15:37:29", 42.1172, 178.5518)),
)


def main() -> int:
    """Draw the named examples, or all of them, and write the list that the demo reads."""
    wanted = set(sys.argv[1:]) or {example.name for example in EXAMPLES}
    unknown = wanted - {example.name for example in EXAMPLES}
    if unknown:
        print(f"Unknown example: {', '.join(sorted(unknown))}.", file=sys.stderr)
        return 2
    FOLDER.mkdir(parents=True, exist_ok=True)
    for example in EXAMPLES:
        if example.name not in wanted:
            continue
        started = time.monotonic()
        sideways = example.capture.orientation in {6, 8}
        shape = (LONG_EDGE, SHORT_EDGE) if sideways else (SHORT_EDGE, LONG_EDGE)
        drawn = example.draw(np.random.default_rng(example.seed), shape)
        content = photo(Image.fromarray(drawn), example.capture, max_bytes=MAX_BYTES)
        (FOLDER / f"{example.name}.jpg").write_bytes(content)
        print(f"{example.name}: {len(content):,} bytes, {time.monotonic() - started:.0f} s", flush=True)
    listed = [
        {"name": example.name, "file": f"{example.name}.jpg", "title": example.title, "label": example.label}
        for example in EXAMPLES
    ]
    (FOLDER / "examples.json").write_text(
        json.dumps(listed, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
