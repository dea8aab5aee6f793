"""Verifies the audit trail: detects rows that were changed or are missing, and shards that were truncated."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select, tuple_

from clinicpro_images.audit.chain import COLUMNS, FIRST, AuditKey
from clinicpro_images.audit.chain_heads import ChainHeads
from clinicpro_images.db.tables import audit, audit_head

_PAGE = 500
_MOST_REPORTED = 20
_OTHER_END = "is the last row, but the recorded end of the trail is a different row"

# The actions that record the number of shards; older rows have the second, with "strands" in `about`.
_SHARDS_CREATED = ("audit.shards", "audit.strands")


# Why a process began a new chain; see `audit.end`.
_RESTARTED = {
    "head-missing": "there was no record of where the trail ended, so all of it may be gone",
    "head-changed": "the record of where the trail ended had been changed",
    "end-missing": "the last row was missing",
    "end-changed": "the last row had been changed",
    "rows-after-end": "there were rows that no process of this installation had written",
    "rolled-back": "rows at the end that had been seen before were gone",
}


@dataclass(frozen=True)
class Finding:
    """A problem: the row's number in its shard, and a sentence."""

    seq: int
    sentence: str
    shard: int = 0

    @property
    def row(self) -> str:
        """The row as text: `12`, or `3/12` for row 12 of shard 3."""
        return f"{self.shard}/{self.seq}" if self.shard else str(self.seq)


@dataclass(frozen=True)
class Verdict:
    """The number of rows, the chain heads, and the problems found."""

    rows: int
    heads: ChainHeads
    findings: tuple[Finding, ...]


def all_rows(connection: Connection) -> Iterator[dict[str, Any]]:
    """Read the whole trail in order, across the shards, in pages: memory use does not grow with its length."""
    # One shard is ordered by number, several by time.
    is_sqlite = connection.dialect.name == "sqlite"
    order = [audit.c.seq] if is_sqlite else [audit.c.at, audit.c.shard, audit.c.seq]
    query = select(audit).order_by(*order).limit(_PAGE)
    page = query
    while True:
        rows = connection.execute(page).mappings().all()
        yield from map(_plain, rows)
        if len(rows) < _PAGE:
            return
        page = query.where(tuple_(*order) > tuple_(*(rows[-1][column.name] for column in order)))


def verify(connection: Connection, key: AuditKey, *, anchor: ChainHeads | None = None) -> Verdict:
    """Check every row, link and chain head; `anchor` has chain heads that were saved earlier."""
    anchored = dict(enumerate(anchor.lengths)) if anchor else {}
    shards = [_Shard(0, anchored.get(0)).check(connection, key)]
    created = shards[0].created
    findings = [Finding(seq, "creates shards that already existed") for seq, _ in created[1:]]
    expected = range(created[0][1] if created else 1)
    for number in sorted({*expected, *anchored, *_shards_present(connection)} - {0}):
        shards.append(_Shard(number, anchored.get(number)).check(connection, key))
        if number not in expected:
            findings.append(Finding(shards[-1].last_seq, "is in a shard that was never created", number))
    findings = [each for shard in shards for each in shard.findings] + findings
    if anchor and all(shard.anchored_mac for shard in shards[: len(anchored)]):
        findings += _compare_with_anchor(anchor, key, shards)
    heads = ChainHeads.of({shard.number: (shard.last_seq, shard.last_mac) for shard in shards}, key)
    return Verdict(sum(shard.rows for shard in shards), heads, tuple(findings))


def _compare_with_anchor(anchor: ChainHeads, key: AuditKey, shards: Iterable["_Shard"]) -> list[Finding]:
    macs = [shard.anchored_mac for shard in shards][: len(anchor.lengths)]
    if key.heads_mac(macs) == anchor.mac:
        return []
    if len(macs) == 1:
        return [Finding(anchor.lengths[0], "is not the row that the anchor names as the end")]
    return [Finding(anchor.lengths[0], "or the anchored end of another shard was changed")]


def _shards_present(connection: Connection) -> set[int]:
    heads = connection.scalars(select(audit_head.c.shard)).all()
    rows = connection.scalars(select(audit.c.shard).distinct()).all()
    return {*heads, *rows}


@dataclass
class _Shard:
    """One shard, and the problems found in it."""

    number: int
    anchored: int | None
    anchored_mac: str = ""
    rows: int = 0
    last_seq: int = 0
    last_mac: str = FIRST
    created: list[tuple[int, int]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    _previous_intact: bool = True
    _head: Any = None
    _mac_at_head: str | None = FIRST

    def check(self, connection: Connection, key: AuditKey) -> "_Shard":
        self._head = self._recorded_head(connection)
        if self.anchored == 0:
            self.anchored_mac = FIRST
        for row in self._rows(connection):
            self._check_row(row, key)
        self._check_head(key)
        if self._head and self._head.seq < self.last_seq:
            # If rows were added in the meantime, the head has moved on as well.
            now = self._recorded_head(connection)
            if now is None or now.seq < self.last_seq:
                self._report(self.last_seq, _OTHER_END)
        if self.anchored is not None and self.anchored > self.last_seq:
            known = {finding.seq for finding in self.findings}
            self._report_missing(
                each for each in range(self.last_seq + 1, self.anchored + 1) if each not in known
            )
        return self

    def _check_row(self, row: dict[str, Any], key: AuditKey) -> None:
        seq = row["seq"]
        self.rows += seq > 0  # row 0 only says that the trail has begun
        is_next = seq == self.last_seq + 1 or seq == 0
        if not is_next:
            self._report_missing(range(self.last_seq + 1, seq))
        intact = key.row_mac(row) == row["mac"]
        if not intact:
            self._report(seq, "was changed after it was written")
        elif row["action"] == "audit.restarted":
            reason = json.loads(row["about"])["reason"]
            self._report(seq, f"begins a new chain: {_RESTARTED.get(reason, reason)}")
        elif is_next and self._previous_intact and row["previous"] != self.last_mac:
            self._report(seq, "does not follow the row before it")
        if intact and self.number == 0 and row["action"] in _SHARDS_CREATED:
            self.created.append((seq, _shards_created(row)))
        if self._head is not None and seq == self._head.seq:
            self._mac_at_head = row["mac"] if intact else None
        if seq == self.anchored:
            self.anchored_mac = row["mac"]
        self.last_seq, self.last_mac, self._previous_intact = seq, row["mac"], intact

    def _check_head(self, key: AuditKey) -> None:
        head = self._head
        if head is None:
            self._report(self.last_seq, "is the last row, but the record of where the trail ends is missing")
        elif head.code != key.head_mac(self.number, head.seq, head.mac):
            self._report(head.seq, "is the recorded end of the trail, but that record was changed")
        elif head.seq > self.last_seq:
            self._report_missing(range(self.last_seq + 1, head.seq + 1))
        elif self._mac_at_head not in {None, head.mac}:
            self._report(head.seq, _OTHER_END)

    def _recorded_head(self, connection: Connection) -> Any:
        query = select(audit_head).where(audit_head.c.shard == self.number)
        return connection.execute(query).one_or_none()

    def _rows(self, connection: Connection) -> Iterator[dict[str, Any]]:
        after = -1
        while True:
            query = select(audit).where(audit.c.shard == self.number, audit.c.seq > after)
            page = connection.execute(query.order_by(audit.c.seq).limit(_PAGE)).mappings().all()
            for row in page:
                after = row["seq"]
                yield _plain(row)
            if len(page) < _PAGE:
                return

    def _report(self, seq: int, sentence: str) -> None:
        self.findings.append(Finding(seq, sentence, self.number))

    def _report_missing(self, seqs: Iterable[int]) -> None:
        for seq in list(seqs)[:_MOST_REPORTED]:
            self._report(seq, "is missing")


def _plain(row: Any) -> dict[str, Any]:
    return {name: row[name] for name in ("shard", *COLUMNS, "mac")}


def _shards_created(row: dict[str, Any]) -> int:
    about: dict[str, str] = json.loads(row["about"])
    return int(about.get("shards") or about["strands"])
