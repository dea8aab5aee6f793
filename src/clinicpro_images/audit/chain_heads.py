"""The heads of the chains, to be noted elsewhere: how long each shard is, and one MAC over their last rows."""

from collections.abc import Mapping
from dataclasses import dataclass

from clinicpro_images.audit.chain import FIRST, AuditKey


@dataclass(frozen=True)
class ChainHeads:
    """The head of each shard, beginning with shard 0; as text `12:CODE`, or `12.0.45:CODE` for three shards."""

    lengths: tuple[int, ...]
    code: str

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.lengths))}:{self.code}"

    @classmethod
    def of(cls, last: Mapping[int, tuple[int, str]], key: AuditKey) -> "ChainHeads":
        """Build it from each shard's last row: its number and its MAC."""
        every = [last.get(shard, (0, FIRST)) for shard in range(max(last, default=0) + 1)]
        return cls(tuple(seq for seq, _ in every), key.heads_code([mac for _, mac in every]))

    @classmethod
    def read(cls, text: str) -> "ChainHeads":
        """Parse the text form; raises ValueError."""
        lengths, _, code = text.partition(":")
        if not code:
            raise ValueError(text)
        return cls(tuple(int(length) for length in lengths.split(".")), code)
