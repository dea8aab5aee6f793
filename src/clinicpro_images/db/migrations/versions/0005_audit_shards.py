"""The audit trail in shards; existing rows become shard 0 and keep their numbers and MACs."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_REFUSAL = "the audit trail can only grow"


def upgrade() -> None:
    """Number rows within their shard, and give each shard a chain head."""
    # The chain head was row 1 of its table; its MAC does not depend on that, so it stays valid.
    op.execute("ALTER TABLE audit_head RENAME COLUMN id TO strand")  # lint-words: allow strand
    op.execute("UPDATE audit_head SET strand = 0")  # lint-words: allow strand
    if _is_sqlite():
        _rebuild()
        return
    # This neither rewrites the table nor changes a row, so the triggers don't run.
    op.add_column("audit", sa.Column("strand", sa.Integer(), nullable=False, server_default="0"))
    op.alter_column("audit", "strand", server_default=None)
    op.drop_constraint("pk_audit", "audit", type_="primary")
    op.create_primary_key("pk_audit", "audit", ["strand", "seq"])


def _rebuild() -> None:
    """Create the table again, because SQLite can't change a primary key. Dropping a table runs no trigger."""
    op.create_table(
        "audit_strands",
        sa.Column("strand", sa.Integer(), autoincrement=False, nullable=False),
        *_columns(),
        sa.PrimaryKeyConstraint("strand", "seq", name="pk_audit"),
    )
    names = ", ".join(column.name for column in _columns())
    # lint-words: allow strand
    op.execute(f"INSERT INTO audit_strands (strand, {names}) SELECT 0, {names} FROM audit")  # noqa: S608 - our own names
    op.drop_table("audit")
    op.rename_table("audit_strands", "audit")
    for column in ("session_id", "patient", "at"):
        op.create_index(f"ix_audit_{column}", "audit", [column], unique=False)
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit "
            f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        )


def _columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("facility_id", sa.String(length=32), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("patient", sa.String(length=64), nullable=False),
        sa.Column("who", sa.LargeBinary(), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("document_id", sa.String(length=64), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("correlation_id", sa.String(length=36), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("mac", sa.String(length=64), nullable=False),
    ]


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
