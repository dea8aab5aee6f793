"""`python -m corpus.examine`: process files, each in its own process, and report the result and resources used."""

import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any

from clinicpro_images.imaging.clean import clean
from clinicpro_images.imaging.errors import ImageError
from clinicpro_images.imaging.fit import fit_media, fit_scan
from clinicpro_images.imaging.limits import FitLimits
from clinicpro_images.imaging.pixels import configure_libvips
from clinicpro_images.imaging.rendition import rendition

CPU_SECONDS = 5


def main() -> None:
    """Process every file of a folder in order of name; prints one line of JSON for each."""
    configure_libvips()
    for path in sorted(Path(sys.argv[1]).iterdir()):
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            os.write(write, json.dumps(examined(path)).encode())
            os._exit(0)
        os.close(write)
        with os.fdopen(read, "rb") as pipe:
            output = pipe.read()
        _, status, used = os.wait4(child, 0)
        found: dict[str, Any] = json.loads(output or b"{}")
        found |= {
            "name": path.name,
            "signal": signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else "",
            "megabytes": used.ru_maxrss // 1024,
            "cpu": round(used.ru_utime + used.ru_stime, 2),
        }
        print(json.dumps(found), flush=True)  # noqa: T201 - standard output is the report


def examined(path: Path) -> dict[str, Any]:
    """Clean the file, write the result and its rendition beside it, and return the sizes of what would be filed."""
    try:
        cleaned = clean(path.read_bytes())
        kind = cleaned.content_type
        shown = rendition(cleaned.content, edge=320)
        scan = fit_scan(cleaned.content, kind, description="Left forearm", limits=FitLimits())
        media = fit_media(cleaned.content, kind, limits=FitLimits())
    except ImageError as error:
        return {"refused": type(error).__name__, "detail": error.detail}
    except Exception as error:  # noqa: BLE001 - goes into the report
        return {"fault": f"{type(error).__name__}: {error}"}
    path.with_suffix(".shown").write_bytes(shown)
    path.with_suffix(".filed").write_bytes(cleaned.content)
    sizes = {"scan": len(scan.content), "media": len(media.content)}
    return {"type": kind, "width": cleaned.width, "height": cleaned.height, "pages": cleaned.pages} | sizes


if __name__ == "__main__":
    main()
