"""Jobs: whether the record system has answered the last attempt, so that nothing of it can still be under way."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of attempts before, it isn't known."""
    # Not in a batch, which re-creates the table for such a default: SQLite can't drop it while rows refer to it.
    op.add_column("jobs", sa.Column("answered", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Drop it."""
    with op.batch_alter_table("jobs") as batch:
        batch.drop_column("answered")
