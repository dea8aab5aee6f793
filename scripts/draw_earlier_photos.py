#!/usr/bin/env python3
"""Draw the photos of earlier visits that the sandbox's patients have in the demo, as TIFFs with JPEG compression.

    .venv/bin/python scripts/draw_earlier_photos.py

No one was photographed: every image is computed from noise with a fixed seed. Each patient has another skin tone.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageFilter

sys.path.insert(0, str(Path(__file__).parent / "examples"))

from lesions import Lesion, Visit, drawn

FOLDER: Final = Path(__file__).parents[1] / "src/alex_sandbox/history"
SHAPE: Final = (480, 640)
QUALITY: Final = 60

# Patient, skin, then site and label with radius in mm, then days ago and growth of each visit.
PATIENTS: Final[
    tuple[tuple[str, float, tuple[tuple[str, str, float, tuple[tuple[int, float], ...]], ...]], ...]
] = (
    (
        "94497821d8aa4ba5fbbbef7e68f1f66b",
        0.62,
        (
            ("Left forearm", "Mole 1", 3.2, ((702, 1.0), (368, 1.06), (187, 1.22))),
            ("Right cheek", "Mole 2", 2.0, ((540, 1.0), (187, 1.0))),
            ("Right lower leg", "Mole 3", 3.6, ((368, 1.0), (96, 1.05))),
        ),
    ),
    (
        "89d44919222ebfaf334c73301cb17252",
        0.34,
        (
            ("Left cheek", "Mole 1", 2.6, ((725, 1.0), (243, 1.3))),
            ("Right forearm", "Mole 2", 3.0, ((420, 1.0), (243, 1.0), (61, 1.1))),
            ("Left lower leg", "Mole 3", 2.4, ((243, 1.0),)),
        ),
    ),
    (
        "9e9ec918f6645528660f04d73eeed4cb",
        0.12,
        (
            ("Right forearm", "Mole 1", 4.0, ((610, 1.0), (245, 1.12), (33, 1.35))),
            ("Left shoulder", "Mole 2", 2.8, ((245, 1.0), (33, 1.0))),
            ("Left lower leg", "Mole 3", 3.1, ((610, 1.0),)),
        ),
    ),
    (
        "f1714c66b6b8114fa00bb625c3a8af96",
        1.9,
        (("Right forearm", "Mole 1", 3.4, ((488, 1.0), (154, 1.15))),),
    ),
)


def main() -> int:
    """Draw all of them, and write the list that the sandbox reads."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    listed: list[dict[str, Any]] = []
    for number, (patient, melanin, sites) in enumerate(PATIENTS):
        for place, (site, label, radius, visits) in enumerate(sites):
            lesion = Lesion(seed=100 * number + place, melanin=melanin, radius=radius)
            for time_of, (days, growth) in enumerate(visits):
                started = time.monotonic()
                held = Visit(
                    growth,
                    turn=(-9, 6, -3)[time_of],
                    scale=(0.94, 1.05, 1.0)[time_of],
                    gain=(0.95, 1.04, 1.0)[time_of],
                )
                name = f"{number}-{place}-{time_of}.tif"
                # The sensor's noise would take two thirds of the bytes.
                picture = Image.fromarray(drawn(lesion, held, SHAPE)).filter(ImageFilter.GaussianBlur(0.7))
                picture.save(FOLDER / name, compression="jpeg", quality=QUALITY)
                listed.append(
                    {
                        "patient": patient,
                        "file": name,
                        "title": f"{site} \N{EN DASH} lesion \N{EN DASH} close-up \N{EN DASH} {label}",
                        "daysAgo": days,
                    }
                )
                print(
                    f"{name}: {(FOLDER / name).stat().st_size:,} bytes, {time.monotonic() - started:.1f} s",
                    flush=True,
                )
    (FOLDER / "photos.json").write_text(
        json.dumps(listed, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
