"""A hand-off has a short code to type, and how many images its phone still holds."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the two columns; a hand-off made before has no code."""
    op.add_column("handoffs", sa.Column("code_hash", sa.String(64)))
    op.add_column("handoffs", sa.Column("waiting", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("uq_handoffs_code_hash", "handoffs", ["code_hash"], unique=True)
