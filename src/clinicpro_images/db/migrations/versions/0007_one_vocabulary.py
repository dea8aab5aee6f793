"""One vocabulary: photos become images, launches used tokens, transitions job transitions.

Only names change. Every row is kept, and so are the contexts under which values were encrypted (`Column.info`).
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Applied in this order to the names of tables, columns, constraints and indexes.
_RENAMED = (
    ("photo_id", "image_id"),
    ("photos", "images"),
    ("picture_key", "content_key"),
    ("launches", "used_tokens"),
    ("context_hash", "token_hash"),
    ("transitions", "job_transitions"),
)
_TABLES = ("photos", "commit_photos", "jobs", "transitions", "launches")
_SHARDED = ("audit", "audit_head")


def upgrade() -> None:
    """Rename."""
    for table in _SHARDED:
        op.execute(f"ALTER TABLE {table} RENAME COLUMN strand TO shard")  # lint-words: allow strand
    op.execute("ALTER TABLE sessions RENAME COLUMN badge TO visual_id")
    if op.get_bind().dialect.name == "sqlite":
        _rebuild_on_sqlite()
    else:
        _rename_on_postgresql()


def _new(name: str) -> str:
    for old, new in _RENAMED:
        name = name.replace(old, new)
    return name


def _rebuild_on_sqlite() -> None:
    """Create each table again under its new names, because SQLite can't rename constraints and indexes."""
    bind = op.get_bind()
    statements = {
        table: bind.scalar(sa.text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": table})
        for table in _TABLES
    }
    indexes = bind.scalars(
        sa.text("SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN :tables")
        .bindparams(sa.bindparam("tables", expanding=True)),
        {"tables": _TABLES},
    ).all()  # fmt: skip
    # Copy all tables first, without references, so that no table is dropped while another refers to it.
    for table in _TABLES:
        op.execute(f"CREATE TEMP TABLE kept_{table} AS SELECT * FROM {table}")  # noqa: S608 - our own names
    columns = {table: [each["name"] for each in sa.inspect(bind).get_columns(table)] for table in _TABLES}
    for table in ("transitions", "jobs", "commit_photos", "photos", "launches"):
        op.drop_table(table)
    for table in _TABLES:
        op.execute(_new(statements[table]))
        old = ", ".join(columns[table])
        op.execute(f"INSERT INTO {_new(table)} ({_new(old)}) SELECT {old} FROM kept_{table}")  # noqa: S608 - as above
        op.execute(f"DROP TABLE kept_{table}")
    for index in indexes:
        op.execute(_new(index))


def _rename_on_postgresql() -> None:
    bind = op.get_bind()
    inspector = sa.inspect(bind)
    for table in _TABLES:
        for column in inspector.get_columns(table):
            if _new(column["name"]) != column["name"]:
                op.execute(f"ALTER TABLE {table} RENAME COLUMN {column['name']} TO {_new(column['name'])}")
        constraints = bind.scalars(
            sa.text("SELECT conname FROM pg_constraint WHERE conrelid = CAST(:name AS regclass)"),
            {"name": table},
        ).all()
        for constraint in constraints:
            if _new(constraint) != constraint:
                op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT {constraint} TO {_new(constraint)}")
        # Read after the constraints, whose indexes have been renamed with them.
        for index in bind.scalars(
            sa.text(
                "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema() AND tablename = :name"
            ),
            {"name": table},
        ).all():
            if _new(index) != index:
                op.execute(f"ALTER INDEX {index} RENAME TO {_new(index)}")
        if _new(table) != table:
            op.execute(f"ALTER TABLE {table} RENAME TO {_new(table)}")
    op.execute("ALTER SEQUENCE IF EXISTS transitions_id_seq RENAME TO job_transitions_id_seq")
