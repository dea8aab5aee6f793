"""What is known of the searches for filed images, per practice, target and query."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "record_sight",
        sa.Column("id", sa.String(100), nullable=False),
        sa.Column("facility_id", sa.String(32), nullable=False),
        sa.Column("target", sa.String(10), nullable=False),
        sa.Column("shape", sa.String(40), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("checked_at", sa.Double(), nullable=False),
        sa.Column("lag", sa.Double(), nullable=False),
        sa.Column("control", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("id", name="pk_record_sight"),
    )
    op.create_index("ix_record_sight_facility_id_target", "record_sight", ["facility_id", "target"])
