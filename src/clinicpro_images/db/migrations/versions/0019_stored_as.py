"""Images: what the content is called in the store, so that an original is written beside the copy that it replaces."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what is stored already is called by the image's id."""
    with op.batch_alter_table("images") as batch:
        batch.add_column(sa.Column("stored_as", sa.String(65)))


def downgrade() -> None:
    """Drop it; the content of images that were replaced by their originals is no longer found."""
    with op.batch_alter_table("images") as batch:
        batch.drop_column("stored_as")
