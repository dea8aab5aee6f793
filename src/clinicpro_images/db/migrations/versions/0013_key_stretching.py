"""The salt and cost with which the installation's secret is stretched."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; its row is written when a gateway starts."""
    op.create_table(
        "key_stretching",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("salt", sa.String(32), nullable=False),
        sa.Column("cost", sa.Integer, nullable=False),
        sa.Column("in_use", sa.Boolean, nullable=False),
    )


def downgrade() -> None:
    """Drop it: only before anything was encrypted under stretched keys."""
    op.drop_table("key_stretching")
