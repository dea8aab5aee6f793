"""How the clock behaves: by how much stored times were moved when it was set, and when a gateway last ran."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; the first gateway that starts fills it."""
    op.create_table(
        "clock",
        sa.Column("machine", sa.String(64), nullable=False),
        sa.Column("ahead", sa.Double(), nullable=False),
        sa.Column("moved", sa.Double(), nullable=False),
        sa.Column("since", sa.Double(), nullable=False),
        sa.Column("seen_at", sa.Double(), nullable=False),
        sa.Column("trusted_from", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("machine", name="pk_clock"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("clock")
