"""`clinicpro sandbox`: the ALEX stand-in as a program of its own, since the product never imports it."""

import os
import subprocess
import sys


def run(arguments: list[str]) -> int:
    """Run it in the foreground; returns its exit code."""
    if os.name == "posix":
        # The sandbox takes this process's place, so that whoever ends this ends it.
        os.execv(sys.executable, [sys.executable, "-m", "alex_sandbox", *arguments])  # noqa: S606 - our own program
    return subprocess.run([sys.executable, "-m", "alex_sandbox", *arguments], check=False).returncode  # noqa: S603
