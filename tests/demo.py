"""`clinicpro demo` as a new developer starts it, on free ports: for browser tests, the guide's screenshots and the web bench."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def running_demo() -> Iterator[str]:
    """Start it and yield the address of Evolution's stand-in; stop it afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-m", "clinicpro_images", "demo", "--port", "0", "--sandbox-port", "0", "--no-open"],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    try:
        found = None
        for line in process.stdout:
            found = re.search(r"http://\S+/evolution", line)
            if found:
                break
        if not found:
            raise RuntimeError("The demo did not start; run scripts/demo to see why.")
        yield found[0]
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()
