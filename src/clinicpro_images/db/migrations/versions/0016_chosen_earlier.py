"""Sessions: which earlier photo was chosen to be shown beside the new ones."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; open sessions have chosen none."""
    with op.batch_alter_table("sessions") as batch:
        batch.add_column(sa.Column("earlier_id", sa.String(32)))


def downgrade() -> None:
    """Drop it."""
    with op.batch_alter_table("sessions") as batch:
        batch.drop_column("earlier_id")
