"""The chain heads, to be kept elsewhere as an anchor: each shard's length, and one MAC over their last rows."""

from collections.abc import Mapping
from dataclasses import dataclass

from clinicpro_images.audit.chain import FIRST, AuditKey


@dataclass(frozen=True)
class ChainHeads:
    """The length of each shard, beginning with shard 0, and the MAC; as text `12:MAC`, or `12.0.45:MAC` for three shards."""

    lengths: tuple[int, ...]
    mac: str

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.lengths))}:{self.mac}"

    @classmethod
    def of(cls, last: Mapping[int, tuple[int, str]], key: AuditKey) -> "ChainHeads":
        """Build it from each shard's last row: its number and its MAC."""
        every = [last.get(shard, (0, FIRST)) for shard in range(max(last, default=0) + 1)]
        return cls(tuple(seq for seq, _ in every), key.heads_mac([mac for _, mac in every]))

    @classmethod
    def read(cls, text: str) -> "ChainHeads":
        """Parse the text form; raises ValueError."""
        lengths, _, mac = text.partition(":")
        if not mac:
            raise ValueError(text)
        return cls(tuple(int(length) for length in lengths.split(".")), mac)
