"""Is the trail as it was written? Finds rows that were changed or are missing, and a shard that was cut short."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select, tuple_

from clinicpro_images.audit.chain import COLUMNS, FIRST, AuditKey
from clinicpro_images.audit.chain_heads import ChainHeads
from clinicpro_images.db.tables import audit, audit_head

_PAGE = 500
_MOST_NAMED = 20
_ELSEWHERE = "is the last row, and the trail was recorded to end elsewhere"

# The entries that say how many shards there are; older rows use the second name, and "strands" for the number.
_SHARDS_BEGUN = ("audit.shards", "audit.strands")


@dataclass(frozen=True)
class Finding:
    """Something wrong: the row's number in its shard, and a sentence."""

    seq: int
    sentence: str
    shard: int = 0

    @property
    def row(self) -> str:
        """The row's name: its number, after that of its shard unless that is 0."""
        return f"{self.shard}/{self.seq}" if self.shard else str(self.seq)


@dataclass(frozen=True)
class Verdict:
    """How many rows there are, the chain heads, and what is wrong."""

    rows: int
    heads: ChainHeads
    findings: tuple[Finding, ...]


def all_rows(connection: Connection) -> Iterator[dict[str, Any]]:
    """Read the trail from its beginning, across the shards, in pages: a long trail takes no more memory than a short one."""
    # With one shard, the numbers are the order; between shards, the time is.
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
    """Check every row, every link and every chain head; `anchor` holds heads that were noted earlier."""
    noted = dict(enumerate(anchor.lengths)) if anchor else {}
    shards = [_Shard(0, noted.get(0)).check(connection, key)]
    begun = shards[0].begun
    findings = [Finding(seq, "begins shards that were begun before") for seq, _ in begun[1:]]
    expected = range(begun[0][1] if begun else 1)
    for number in sorted({*expected, *noted, *_shards_present(connection)} - {0}):
        shards.append(_Shard(number, noted.get(number)).check(connection, key))
        if number not in expected:
            findings.append(Finding(shards[-1].last_seq, "is in a shard that was never begun", number))
    findings = [each for shard in shards for each in shard.findings] + findings
    if anchor and all(shard.noted_mac for shard in shards[: len(noted)]):
        findings += _compare_with(anchor, key, shards)
    heads = ChainHeads.of({shard.number: (shard.last_seq, shard.last_mac) for shard in shards}, key)
    return Verdict(sum(shard.rows for shard in shards), heads, tuple(findings))


def _compare_with(anchor: ChainHeads, key: AuditKey, shards: Iterable["_Shard"]) -> list[Finding]:
    macs = [shard.noted_mac for shard in shards][: len(anchor.lengths)]
    if key.heads_code(macs) == anchor.code:
        return []
    if len(macs) == 1:
        return [Finding(anchor.lengths[0], "is not the row that was noted as the end")]
    return [Finding(anchor.lengths[0], "or the row noted as the end of another shard is not what it was")]


def _shards_present(connection: Connection) -> set[int]:
    heads = connection.scalars(select(audit_head.c.shard)).all()
    rows = connection.scalars(select(audit.c.shard).distinct()).all()
    return {*heads, *rows}


@dataclass
class _Shard:
    """One chain, and what is found in going through it."""

    number: int
    noted: int | None
    noted_mac: str = ""
    rows: int = 0
    last_seq: int = 0
    last_mac: str = FIRST
    begun: list[tuple[int, int]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    _sound: bool = True
    _head: Any = None
    _mac_at_head: str | None = FIRST

    def check(self, connection: Connection, key: AuditKey) -> "_Shard":
        self._head = self._recorded_head(connection)
        if self.noted == 0:
            self.noted_mac = FIRST
        for row in self._rows(connection):
            self._check_row(row, key)
        self._check_head(key)
        if self._head and self._head.seq < self.last_seq:
            # Rows were added since; then the head has moved on as well.
            now = self._recorded_head(connection)
            if now is None or now.seq < self.last_seq:
                self._find(self.last_seq, _ELSEWHERE)
        if self.noted is not None and self.noted > self.last_seq:
            known = {finding.seq for finding in self.findings}
            self._miss(each for each in range(self.last_seq + 1, self.noted + 1) if each not in known)
        return self

    def _check_row(self, row: dict[str, Any], key: AuditKey) -> None:
        seq = row["seq"]
        self.rows += 1
        follows = seq == self.last_seq + 1
        if not follows:
            self._miss(range(self.last_seq + 1, seq))
        own = key.code(row) == row["mac"]
        if not own:
            self._find(seq, "was changed after it was written")
        elif follows and self._sound and row["previous"] != self.last_mac:
            self._find(seq, "does not follow the row before it")
        if own and self.number == 0 and row["action"] in _SHARDS_BEGUN:
            self.begun.append((seq, _shards_begun(row)))
        if self._head is not None and seq == self._head.seq:
            self._mac_at_head = row["mac"] if own else None
        if seq == self.noted:
            self.noted_mac = row["mac"]
        self.last_seq, self.last_mac, self._sound = seq, row["mac"], own

    def _check_head(self, key: AuditKey) -> None:
        head = self._head
        if head is None:
            self._find(self.last_seq, "is the last row, and the record of where the trail ends is gone")
        elif head.code != key.head_code(self.number, head.seq, head.mac):
            self._find(head.seq, "is named as the end of the trail by a record that was changed")
        elif head.seq > self.last_seq:
            self._miss(range(self.last_seq + 1, head.seq + 1))
        elif self._mac_at_head not in {None, head.mac}:
            self._find(head.seq, _ELSEWHERE)

    def _recorded_head(self, connection: Connection) -> Any:
        query = select(audit_head).where(audit_head.c.shard == self.number)
        return connection.execute(query).one_or_none()

    def _rows(self, connection: Connection) -> Iterator[dict[str, Any]]:
        after = 0
        while True:
            query = select(audit).where(audit.c.shard == self.number, audit.c.seq > after)
            page = connection.execute(query.order_by(audit.c.seq).limit(_PAGE)).mappings().all()
            for row in page:
                after = row["seq"]
                yield _plain(row)
            if len(page) < _PAGE:
                return

    def _find(self, seq: int, sentence: str) -> None:
        self.findings.append(Finding(seq, sentence, self.number))

    def _miss(self, seqs: Iterable[int]) -> None:
        for seq in list(seqs)[:_MOST_NAMED]:
            self._find(seq, "is missing")


def _plain(row: Any) -> dict[str, Any]:
    return {name: row[name] for name in ("shard", *COLUMNS, "mac")}


def _shards_begun(row: dict[str, Any]) -> int:
    about: dict[str, str] = json.loads(row["about"])
    return int(about.get("shards") or about["strands"])
