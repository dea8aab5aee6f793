"""What the benches read of other processes' CPU time."""

import subprocess
import sys

from bench.process import workers_seconds

_FORKS = """
import os, sys, time
if os.fork() == 0:
    while time.process_time() < 0.8:
        pass
    os._exit(0)
os.wait()
print(flush=True)
sys.stdin.read()
"""
_MAIN = """
import subprocess, sys
subprocess.run([sys.executable, "-c", sys.argv[1]])
"""


def test_workers_seconds_count_the_processes_that_a_worker_forked_and_waited_for() -> None:
    command = [sys.executable, "-c", _MAIN, _FORKS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as main:
        assert main.stdout is not None
        main.stdout.readline()
        # Without what was forked, there is only the start of a Python.
        assert workers_seconds(main.pid) >= 0.7
        main.communicate()
