"""`clinicpro sandbox`: the ALEX stand-in as a separate program, because the product never imports it."""

import os
import subprocess
import sys


def run(arguments: list[str]) -> int:
    """Run it in the foreground; returns its exit code."""
    if os.name == "posix":
        # The sandbox replaces this process, so that a signal to it reaches the sandbox.
        os.execv(sys.executable, [sys.executable, "-m", "alex_sandbox", *arguments])  # noqa: S606 - our own program
    return subprocess.run([sys.executable, "-m", "alex_sandbox", *arguments], check=False).returncode  # noqa: S603
