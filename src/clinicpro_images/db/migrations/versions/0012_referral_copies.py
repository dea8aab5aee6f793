"""Images: the key of a filed image's copy for a referral, and until when it is kept."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the index; images that are filed already have no copy."""
    with op.batch_alter_table("images") as batch:
        batch.add_column(sa.Column("copy_key", sa.LargeBinary))
        batch.add_column(sa.Column("copy_until", sa.Double))
    kept = sa.text("copy_until IS NOT NULL")
    op.create_index("ix_images_copies", "images", ["copy_until"], sqlite_where=kept, postgresql_where=kept)


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_images_copies", "images")
    with op.batch_alter_table("images") as batch:
        batch.drop_column("copy_until")
        batch.drop_column("copy_key")
