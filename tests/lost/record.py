"""A record system that may show less than it has, nothing, or the wrong thing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random
from typing import Literal, get_args

from clinicpro_images.records.errors import (
    RecordSystemConnectionLost,
    RecordSystemDuplicate,
    RecordSystemError,
    RecordSystemFailed,
    RecordSystemForbidden,
    RecordSystemUnclear,
)
from clinicpro_images.records.protocol import (
    Hit,
    Look,
    NewImage,
    NewMessage,
    NewTask,
    PreparedWrite,
    Sought,
    WriteContext,
    WriteKind,
)

Manner = Literal[
    "whole",
    "blind",
    "stripped",
    "other-types",
    "parameters-ignored",
    "late",
    "sluggish",
    "cut-off",
    "broken-pages",
    "other-facility",
]
MANNERS: tuple[Manner, ...] = get_args(Manner)
Answer = Literal["given", "lost-before", "lost-after"]


@dataclass(frozen=True)
class Stored:
    """A resource in the record; `at` is seconds since 1970, and a sluggish record shows it `late` seconds after that."""

    id: str
    sought: Sought
    at: float
    late: float


@dataclass
class MannerlyRecord:
    """Implements RecordWriter. `answers` are those of the next writes, then every answer is given."""

    manner: Manner
    clock: Callable[[], float]
    random: Random
    late: float = 0.0
    refused: frozenset[str] = frozenset()
    answers: list[Answer] = field(default_factory=list)
    stored: list[Stored] = field(default_factory=list)
    refused_all: bool = False
    lost: int = 0

    def shapes(self, kind: WriteKind) -> Sequence[str]:
        return () if kind in {"message", "task"} else ("typed", "plain")

    def prepare(self, new: NewImage | NewMessage | NewTask, context: WriteContext) -> PreparedWrite:
        raise NotImplementedError  # the trial prepares

    async def write(self, prepared: PreparedWrite) -> str:
        sought = prepared.resource
        assert isinstance(sought, Sought)
        answer = self.answers.pop(0) if self.answers else "given"
        if answer != "lost-before":
            late = self.random.choice([0.0, 0.0, 0.0, 5.0, 50.0])
            self.stored.append(Stored(f"id-{len(self.stored)}", sought, self.clock(), late))
        if answer != "given":
            self.lost += 1
            raise self.random.choice(_LOST_ANSWERS)
        return self.stored[-1].id

    async def look(self, shape: str, sought: Sought, *, correlation_id: str) -> Look:  # noqa: ARG002 - the protocol's
        if self.refused_all or shape in self.refused:
            raise RecordSystemForbidden
        if self.random.random() < 0.1:
            raise self.random.choice(_FAILURES)
        return self._shown(shape, sought)

    def of(self, identifier: str) -> list[Stored]:
        return [each for each in self.stored if each.sought.identifier == identifier]

    def _shown(self, shape: str, sought: Sought) -> Look:
        mine = [each for each in self.stored if each.sought.patient_id == sought.patient_id]
        hits = [_hit(each, sought) for each in mine]
        match self.manner:
            case "blind" | "other-facility":
                hits = []
            case "stripped":
                hits = [replace(hit, identifiers=frozenset()) for hit in hits]
            case "other-types":
                hits = [Hit(f"note-{each.id}", frozenset()) for each in mine]
            case "parameters-ignored":
                hits = [_hit(each, sought) for each in self.stored]
            case "late":
                hits = [_hit(each, sought) for each in mine if each.at + self.late <= self.clock()]
            case "sluggish":
                hits = [_hit(each, sought) for each in mine if each.at + each.late <= self.clock()]
            case "cut-off" if shape == "typed":
                hits = hits[:2]
            case "broken-pages":
                # The newest are on the page that doesn't come; and sometimes an error says so.
                error = self.random.choice([None, RecordSystemFailed()])
                return Look(hits[:1], complete=False, error=error)
            case "whole" | "cut-off":
                pass
        return Look(hits)


_LOST_ANSWERS: tuple[type[RecordSystemError], ...] = (
    RecordSystemConnectionLost,
    RecordSystemFailed,
    RecordSystemUnclear,
    RecordSystemDuplicate,
)
_FAILURES: tuple[type[RecordSystemError], ...] = (RecordSystemConnectionLost, RecordSystemFailed)


def _hit(each: Stored, sought: Sought) -> Hit:
    same = (each.sought.title, each.sought.taken, each.sought.patient_id)
    return Hit(
        id=each.id,
        identifiers=frozenset({each.sought.identifier}),
        is_alike=same == (sought.title, sought.taken, sought.patient_id),
        stored_at=datetime.fromtimestamp(each.at, UTC),
    )
