"""What this process knows of the trail's ends, in memory and in a file outside the database.

Someone who can write to the database can put an earlier state of the trail back, which was valid once. Only what is remembered
elsewhere reveals that.
"""

import contextlib
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from clinicpro_images.audit.chain import AuditKey

_SAVE_SECONDS: Final = 1.0


class ChainEnd(NamedTuple):
    """A shard's last row."""

    seq: int
    mac: str


class TrailMemory:
    """The furthest known end of each shard. The file is optional; it is never older than a second while rows are added."""

    def __init__(
        self, key: AuditKey, file: Path | None = None, *, timer: Callable[[], float] = time.monotonic
    ) -> None:
        """Read the file, if there is one."""
        self._key = key
        self._file = file
        self._timer = timer
        self._saved_at = float("-inf")
        self._changed = False
        self.ends: dict[int, ChainEnd] = _read(file, key) if file else {}

    def note(self, ends: Mapping[int, ChainEnd]) -> None:
        """Remember ends that have been committed."""
        for shard, end in ends.items():
            known = self.ends.get(shard)
            if known is None or end.seq > known.seq:
                self.ends[shard] = end
                self._changed = True
        if self._changed and self._timer() - self._saved_at >= _SAVE_SECONDS:
            self.save()

    def save(self) -> None:
        """Write the file; a full disk doesn't stop the gateway."""
        if self._file is None or not self._changed:
            return
        ends = {str(shard): list(end) for shard, end in sorted(self.ends.items())}
        text = json.dumps({"ends": ends, "code": self._key.memory_mac(json.dumps(ends))})
        new = self._file.with_suffix(".new")
        with contextlib.suppress(OSError):
            new.touch(mode=0o600)
            new.write_text(text, "ascii")
            new.replace(self._file)
            self._changed = False
        self._saved_at = self._timer()


def remembered_seqs(file: Path) -> dict[int, int]:
    """Return the last row of each shard according to the file, which is not verified."""
    try:
        ends = json.loads(file.read_text("ascii"))["ends"]
        return {int(shard): int(seq) for shard, (seq, _) in ends.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def _read(file: Path, key: AuditKey) -> dict[int, ChainEnd]:
    """Return the ends that a file has; without their MACs if it was written under another key, or changed."""
    try:
        content = json.loads(file.read_text("ascii"))
        ends = {int(shard): ChainEnd(int(seq), str(mac)) for shard, (seq, mac) in content["ends"].items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}
    if content.get("code") == key.memory_mac(json.dumps(content["ends"])):
        return ends
    return {shard: ChainEnd(end.seq, "") for shard, end in ends.items()}
