"""Indexes to find sessions by patient and by practice."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_FOUND_BY = (["patient_key", "facility_id"], ["facility_id", "ended_at"])


def upgrade() -> None:
    """Add the indexes."""
    for columns in _FOUND_BY:
        op.create_index(f"ix_sessions_{'_'.join(columns)}", "sessions", columns, unique=False)
