"""CPU and memory that a process has used, as the system reports them."""

import os
import re
from pathlib import Path


def cpu_seconds(pid: int) -> float:
    """User and system time of all threads so far."""
    # The second field is the program's name in brackets, which may hold anything; what follows it is fixed.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ended_children_seconds(pid: int) -> float:
    """User and system time of children that have ended and were waited for, with theirs."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def peak_megabytes(pid: int) -> float:
    """The most memory it has held since it started or since `forget_peak`, in MB of a million bytes (VmHWM)."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) * 1024 / 1e6 if found else 0.0


def forget_peak(pid: int) -> None:
    """Reset the peak to what it holds now."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def family(pid: int) -> list[int]:
    """The process and all that it started, and they started, that still run."""
    parents: dict[int, int] = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = place.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # has ended since
        parents[int(place.parent.name)] = int(fields[1])
    found = [pid]
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return found


def workers_seconds(pid: int) -> float:
    """User and system time of everything that the process has started, whether it still runs or has ended."""
    found = family(pid)
    # Each file is decoded by a process that a worker forks for it, and that has ended when this is read.
    return sum(map(cpu_seconds, found[1:])) + sum(map(ended_children_seconds, found))


def resident_megabytes(pid: int) -> float:
    """What it holds now, in MB of a million bytes (VmRSS); 0 once it is gone."""
    try:
        found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0.0
    return int(found[1]) * 1024 / 1e6 if found else 0.0


def share_megabytes(pid: int) -> float:
    """What it holds, with its share of what several processes hold together (PSS), in MB of a million bytes."""
    try:
        found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    except OSError:
        return 0.0
    return int(found[1]) * 1024 / 1e6 if found else 0.0
