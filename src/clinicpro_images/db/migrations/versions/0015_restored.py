"""Restored databases: which database this is, and what each job was in the backup."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table and the column."""
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("identity", sa.String(200), nullable=False),
        sa.Column("generation", sa.String(32), nullable=False),
        sa.Column("previous_generation", sa.String(32)),
        sa.Column("environment", sa.String(20), nullable=False),
        sa.Column("restored_at", sa.Double()),
        sa.Column("backup_at", sa.Double()),
        sa.Column("estimated", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_installation"),
    )
    with op.batch_alter_table("jobs") as batch:
        batch.add_column(sa.Column("before_restore", sa.String(10)))


def downgrade() -> None:
    """Drop them."""
    with op.batch_alter_table("jobs") as batch:
        batch.drop_column("before_restore")
    op.drop_table("installation")
