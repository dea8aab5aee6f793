"""How many pages a document has, and whether some of an image could not be read."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both to the images; those that are stored already count as whole and as one page."""
    op.add_column("images", sa.Column("pages", sa.Integer, nullable=False, server_default="1"))
    op.add_column("images", sa.Column("incomplete", sa.Boolean, nullable=False, server_default=sa.false()))
