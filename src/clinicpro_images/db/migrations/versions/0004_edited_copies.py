"""Edited copies: the job of the original that a copy was made from."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; existing jobs have no original."""
    with op.batch_alter_table("jobs") as batch:
        batch.add_column(sa.Column("original_job_id", sa.String(32)))


def downgrade() -> None:
    """Drop the column."""
    with op.batch_alter_table("jobs") as batch:
        batch.drop_column("original_job_id")
