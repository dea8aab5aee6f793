"""Images: a keyed hash of the filed title, so that another image of the patient doesn't get the same one."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; titles of images that were handed over before, within the last day, aren't compared."""
    with op.batch_alter_table("images") as batch:
        batch.add_column(sa.Column("title_hash", sa.String(64)))


def downgrade() -> None:
    """Drop it."""
    with op.batch_alter_table("images") as batch:
        batch.drop_column("title_hash")
