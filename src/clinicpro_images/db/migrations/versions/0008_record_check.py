"""Sessions: what the search for other records with the patient's NHI has found."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; existing sessions were opened after the search."""
    with op.batch_alter_table("sessions") as batch:
        batch.add_column(sa.Column("record_check", sa.String(12), nullable=False, server_default="only"))
        batch.add_column(sa.Column("other_records", sa.Integer, nullable=False, server_default="0"))


def downgrade() -> None:
    """Drop the columns."""
    with op.batch_alter_table("sessions") as batch:
        batch.drop_column("other_records")
        batch.drop_column("record_check")
