"""Jobs as rows of the tables `jobs` and `job_transitions`, and back."""

import json
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import ColumnElement, Row

from clinicpro_images.commits.jobs.job import Job, JobError, JobState

_COLUMNS = [field.name for field in fields(Job) if field.name != "error"]
FIXED = frozenset(
    {"id", "kind", "commit_id", "image_id", "session_id", "facility_id", "identifier", "original_job_id"}
)
"""The columns that never change after a job is requested."""


def read_job(row: Any) -> Job:
    """Return the job of a row of `jobs`, or of anything with its columns as attributes."""
    error = None if row.error is None else JobError(**json.loads(row.error))
    return Job(**{name: getattr(row, name) for name in _COLUMNS}, error=error)


def job_row(job: Job) -> dict[str, Any]:
    """Return the values of the job's columns."""
    return {name: getattr(job, name) for name in _COLUMNS} | {"error": _error_json(job.error)}


def _error_json(error: JobError | None) -> str | None:
    return None if error is None else json.dumps(asdict(error), ensure_ascii=False)


def transition_row(from_state: JobState, job: Job, reason: str, now: float) -> dict[str, object]:
    """Return the row that records that a job went from one state to the one it has."""
    return {
        "job_id": job.id,
        "at": now,
        "from_state": from_state,
        "to_state": job.state,
        "reason": reason,
        "attempt": job.attempt,
        "correlation_id": job.correlation_id,
        "error": _error_json(job.error),
    }


def labelled(table: Any) -> list[ColumnElement[Any]]:
    """Return the columns of a table under names that begin with the table's, as `PrefixedRow` reads them."""
    return [column.label(f"{table.name}_{column.name}") for column in table.c]


class PrefixedRow:
    """The columns of one table in a row of a join, as attributes."""

    def __init__(self, row: Row[Any], table: str) -> None:
        self._row = row
        self._table = table

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, f"{self._table}_{name}")
