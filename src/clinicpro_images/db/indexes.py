"""The tables with the indexes that are written in a database's own words; only a change of schema looks at those.

They are apart from the tables because SQLAlchemy loads the dialect of every database that is named, and a gateway on
SQLite has no use for PostgreSQL's 2 MB.
"""

from sqlalchemy import Index, text

from clinicpro_images.db.tables import handoffs, metadata

__all__ = ["metadata"]

Index(
    "uq_handoffs_alive",  # one of a session is alive
    handoffs.c.session_id,
    unique=True,
    sqlite_where=text("cut_off_at IS NULL"),
    postgresql_where=text("cut_off_at IS NULL"),
)
