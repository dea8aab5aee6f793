"""`clinicpro audit`: print the audit trail and verify its integrity."""

import json
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Literal

from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, select

from clinicpro_images.app.startup import open_existing
from clinicpro_images.audit.chain_heads import ChainHeads
from clinicpro_images.audit.entry import Entry
from clinicpro_images.audit.export import audit_event, csv_line, decrypted_row
from clinicpro_images.audit.memory import ChainEnd
from clinicpro_images.audit.open import memory_file, open_trail
from clinicpro_images.audit.trail import Trail
from clinicpro_images.audit.verify import Verdict, all_rows, verify
from clinicpro_images.commands.console import open_console
from clinicpro_images.crypto.data_keys import open_keyring
from clinicpro_images.db.clock import now_seconds
from clinicpro_images.db.database import Database
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.settings.errors import SettingsError
from clinicpro_images.settings.settings import Settings

Format = Literal["table", "csv", "ndjson", "fhir", "none"]


async def run(
    settings: Settings, *, since: str | None, until: str | None, form: Format, anchor: str | None
) -> int:
    """Print the trail and verify it; returns 1 if it was changed."""
    first, last = _time("--since", since), _time("--until", until)
    heads = _anchor(anchor)
    async with _open(settings) as (database, trail):
        # Before anything is appended, the note that the trail was read included.
        verdict = await database.read(verify, trail.key, anchor=heads)
        if form != "none":
            await database.read(_print, trail, form, first, last)
            trail.committed(await database.write(_record_audit, trail, form))
            trail.memory.save()
    # Not among the rows, so that a file of them contains nothing else.
    _report(verdict, open_console(stderr=form not in {"table", "none"}))
    return 1 if verdict.findings else 0


@asynccontextmanager
async def _open(settings: Settings) -> AsyncIterator[tuple[Database, Trail]]:
    async with open_existing(settings.database_url) as database:
        keyring = await open_keyring(database, settings.secret_key or "", settings.old_secret_keys)
        yield database, await open_trail(database, keyring, memory_file(settings.data_dir))


def _print(
    connection: Connection, trail: Trail, form: Format, first: float | None, last: float | None
) -> None:
    table = Table("#", "When (UTC)", "What", "Who", "Practice", "Subject", "Medtech id", "More")
    if form == "csv":
        # Without the mark, a spreadsheet takes it for another encoding, and garbles macrons.
        print("\ufeff" + csv_line(None))  # noqa: T201 - a command prints
    for row in all_rows(connection):
        if row["action"] == "audit.begun":
            continue
        if (first is not None and row["at"] < first) or (last is not None and row["at"] >= last):
            continue
        entry = decrypted_row(row, trail.key)
        if form == "table":
            table.add_row(*_cells(entry))
        else:
            print(_line(entry, form))  # noqa: T201 - a command prints
    if form == "table":
        open_console().print(table)
    sys.stdout.flush()


def _line(entry: dict[str, Any], form: Format) -> str:
    if form == "csv":
        return csv_line(entry)
    return json.dumps(audit_event(entry) if form == "fhir" else entry, ensure_ascii=False)


def _cells(entry: dict[str, Any]) -> Iterator[str]:
    yield f"{entry['shard']}/{entry['seq']}" if entry["shard"] else str(entry["seq"])
    yield entry["at"].replace("T", " ").removesuffix("Z")
    yield entry["action"]
    yield entry["provider"] or entry["providerId"] or entry["admin"] or entry["account"] or entry["address"]
    yield entry["facilityId"]
    yield entry["subject"][:12]
    yield entry["documentId"]
    yield " ".join(f"{name}={value}" for name, value in entry["about"].items())


def _record_audit(work: UnitOfWork, trail: Trail, form: Format) -> Mapping[int, ChainEnd]:
    """Record that the trail was read."""
    now = work.connection.scalar(select(now_seconds())) or 0.0
    return trail.append(work.connection, [Entry("audit.read", about={"form": form})], now)


def _report(verdict: Verdict, console: Console) -> None:
    for finding in verdict.findings:
        console.print(f"Row {finding.row} {finding.sentence}.", style="red")
    state = "was changed after it was written" if verdict.findings else "is complete and unchanged"
    console.print(f"The trail of {verdict.rows} rows {state}.")
    console.print(
        f"Its chain heads, to be kept elsewhere for --anchor: {verdict.heads}",
        soft_wrap=True,
    )


def _time(option: str, text: str | None) -> float | None:
    if text is None:
        return None
    try:
        # Without a time zone it is local time.
        return datetime.fromisoformat(text).timestamp()
    except ValueError as error:
        raise SettingsError(option, "must be a date such as 2026-11-23 or 2026-11-23T09:00+13:00.") from error


def _anchor(text: str | None) -> ChainHeads | None:
    if text is None:
        return None
    try:
        return ChainHeads.read(text)
    except ValueError as error:
        raise SettingsError("--anchor", "must be the chain heads as an earlier run printed them.") from error
