"""Is the trail as it was written? Finds the row that was changed, the one that is missing, and an end cut off."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from clinicpro_images.audit.chain import COLUMNS, FIRST, AuditKey
from clinicpro_images.db.engine import Database
from clinicpro_images.db.tables import audit, audit_head

_PAGE = 500
_MOST_NAMED = 20


@dataclass(frozen=True)
class Finding:
    """Something wrong: the row's number, and a sentence."""

    seq: int
    sentence: str


@dataclass(frozen=True)
class Verdict:
    """How many rows there are, the last one's code, and what is wrong with them."""

    rows: int
    last_seq: int
    last_mac: str
    findings: tuple[Finding, ...]

    @property
    def anchor(self) -> str:
        """The end of the trail, to be kept elsewhere: a later check can be held against it."""
        return f"{self.last_seq}:{self.last_mac}"


async def all_rows(database: Database, *, after: int = 0) -> AsyncIterator[dict[str, Any]]:
    """Read the trail from its beginning, in pages, so that a long one takes no memory."""
    while True:
        query = select(audit).where(audit.c.seq > after).order_by(audit.c.seq).limit(_PAGE)
        async with database.read() as connection:
            page = (await connection.execute(query)).mappings().all()
        for row in page:
            after = row["seq"]
            yield {name: row[name] for name in (*COLUMNS, "mac")}
        if len(page) < _PAGE:
            return


async def verify(database: Database, key: AuditKey, *, anchor: tuple[int, str] | None = None) -> Verdict:
    """Check every row, every link, and the end; `anchor` is an end that was noted earlier, number and code."""
    async with database.read() as connection:
        head = (await connection.execute(select(audit_head))).one_or_none()
    findings: list[Finding] = []
    last_seq, last_mac, count, sound = 0, FIRST, 0, True
    async for row in all_rows(database):
        seq = row["seq"]
        count += 1
        if seq != last_seq + 1:
            findings += [_missing(each) for each in range(last_seq + 1, seq)][:_MOST_NAMED]
        own = key.code(row) == row["mac"]
        if not own:
            findings.append(Finding(seq, "was changed after it was written"))
        elif seq == last_seq + 1 and sound and row["previous"] != last_mac:
            findings.append(Finding(seq, "does not follow the row before it"))
        if anchor is not None and seq == anchor[0] and row["mac"] != anchor[1]:
            findings.append(Finding(seq, "is not the row that was noted as the end"))
        last_seq, last_mac, sound = seq, row["mac"], own
    findings += _end(head, key, last_seq, last_mac, sound=sound)
    if anchor is not None and anchor[0] > last_seq:
        known = {finding.seq for finding in findings}
        findings += [_missing(each) for each in range(last_seq + 1, anchor[0] + 1) if each not in known][
            :_MOST_NAMED
        ]
    return Verdict(count, last_seq, last_mac, tuple(findings))


def _end(head: Any, key: AuditKey, last_seq: int, last_mac: str, *, sound: bool) -> list[Finding]:
    if head is None:
        return [Finding(last_seq, "is the last row, and the record of where the trail ends is gone")]
    if head.code != key.head_code(head.seq, head.mac):
        return [Finding(head.seq, "is named as the end of the trail by a record that was changed")]
    if head.seq > last_seq:
        return [_missing(each) for each in range(last_seq + 1, head.seq + 1)][:_MOST_NAMED]
    if head.seq < last_seq or (sound and head.mac != last_mac):
        return [Finding(last_seq, "is the last row, and the trail was recorded to end elsewhere")]
    return []


def _missing(seq: int) -> Finding:
    return Finding(seq, "is missing")
