"""A trail that stores nothing, for tests of something else."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from clinicpro_images.audit.chain import AuditKey
from clinicpro_images.audit.entry import Actor, Entry
from clinicpro_images.audit.memory import ChainEnd
from clinicpro_images.audit.trail import Trail


class NullTrail(Trail):
    """Takes entries and drops them."""

    def __init__(self) -> None:
        super().__init__(AuditKey(bytes(32)))

    def append(self, connection: Connection, entries: Sequence[Entry], now: float) -> Mapping[int, ChainEnd]:
        del connection, entries, now
        return {}

    def actor_of(self, connection: Connection, session_id: str) -> Actor:  # noqa: ARG002 - nobody is known
        return Actor(session_id=session_id)

    def anchor(self, connection: Connection) -> str:  # noqa: ARG002 - there are no heads
        return ""
