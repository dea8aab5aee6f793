"""All tables. Times are seconds since 1970 (UTC); data that identifies a person is encrypted or a keyed hash.

`info={"encrypted": …}` is the context of an encrypted column, to which the row's id is added; see crypto/rotation.py.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

used_tokens = Table(
    "used_tokens",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("used_at", Double, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("facility_id", String(32), nullable=False),
    Column("patient_key", String(64), nullable=False),
    Column("provider_key", String(64), nullable=False),
    Column("who", LargeBinary, nullable=False, info={"encrypted": "sessions.who"}),  # JSON
    Column("visual_id", Integer, nullable=False),  # index of the colour and word
    Column("started_at", Double, nullable=False),
    Column("active_at", Double, nullable=False),
    Column("ended_at", Double),
    # The search for other records with the patient's NHI, which finishes after the session has opened.
    Column("record_check", String(12), nullable=False, server_default="only"),
    Column("other_records", Integer, nullable=False, server_default="0"),
    # The earlier photo that was chosen, by the id that means nothing outside this session.
    Column("earlier_id", String(32)),
    Index(None, "provider_key", "facility_id"),
    Index(None, "patient_key", "facility_id"),
    Index(None, "facility_id", "ended_at"),
)

_LIVE = text("cut_off_at IS NULL")
handoffs = Table(
    "handoffs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("session_id", ForeignKey("sessions.id"), nullable=False),
    Column("ticket_hash", String(64), nullable=False, unique=True),
    Column("code_hash", String(64)),  # of the short code that is typed; null for those made before
    Column("phone_hash", String(64), unique=True),  # of the cookie's token, once a phone is connected
    Column("expires_at", Double, nullable=False),  # the ticket's expiry, not the phone's
    Column("claimed_at", Double),
    Column("cut_off_at", Double),
    Column(
        "waiting", Integer, nullable=False, server_default="0"
    ),  # images that the phone says it still holds
    Index(None, "session_id"),
    Index("uq_handoffs_code_hash", "code_hash", unique=True),
    # A session has at most one live hand-off.
    Index("uq_handoffs_alive", "session_id", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
)

images = Table(
    "images",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("session_id", ForeignKey("sessions.id"), nullable=False),
    Column("patient_key", String(64), nullable=False),
    Column("content_hash", String(64), nullable=False),  # keyed hash of the uploaded bytes
    Column("source", String(10), nullable=False),
    Column("handoff_id", String(32)),  # the phone that added it, which may still change or remove it
    Column("derived_from", String(32)),
    Column("content_type", String(40), nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("pages", Integer, nullable=False, server_default="1"),  # of a document
    Column("incomplete", Boolean, nullable=False, server_default=false()),  # some of it could not be read
    Column("content_key", LargeBinary, info={"encrypted": "picture-key"}),  # null once destroyed
    Column("stored_as", String(65)),  # the name of its content in the store; null if that is its id
    Column("details", LargeBinary, nullable=False, info={"encrypted": "photos.details"}),  # JSON
    Column("title_hash", String(64)),  # keyed hash of patient and title, once it is handed over for filing
    Column("uploaded_at", Double, nullable=False),
    Column("state", String(10), nullable=False),
    Column("commit_id", String(32)),  # its latest commit
    Column("document_reference_id", String(64)),
    Column("media_id", String(64)),
    Column("committed_at", Double),
    # Of a filed image: the key of the copy for a referral, until the session ends or that time, whichever is first.
    Column("copy_key", LargeBinary, info={"encrypted": "picture-key"}),
    Column("copy_until", Double),
    UniqueConstraint("session_id", "content_hash"),
    Index(None, "patient_key", "state"),
    Index(
        "ix_images_copies",
        "copy_until",
        sqlite_where=text("copy_until IS NOT NULL"),
        postgresql_where=text("copy_until IS NOT NULL"),
    ),
)

commits = Table(
    "commits",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("session_id", ForeignKey("sessions.id"), nullable=False),
    Column("idempotency_hash", String(64), nullable=False),
    Column("body_hash", String(64), nullable=False),
    Column("target", String(10), nullable=False),
    Column("routing", LargeBinary, info={"encrypted": "commits.routing"}),  # JSON: inbox message and task
    Column("created_at", Double, nullable=False),
    UniqueConstraint("session_id", "idempotency_hash"),
)

commit_images = Table(
    "commit_images",
    metadata,
    Column("commit_id", ForeignKey("commits.id"), primary_key=True),
    Column("image_id", ForeignKey("images.id"), primary_key=True),
    Column("position", Integer, nullable=False),
    Index(None, "image_id"),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("commit_id", ForeignKey("commits.id"), nullable=False),
    Column("image_id", ForeignKey("images.id")),
    Column("session_id", ForeignKey("sessions.id"), nullable=False),
    Column("facility_id", String(32), nullable=False),
    Column("identifier", String(64), nullable=False, unique=True),
    Column("original_job_id", String(32)),  # of an edited copy: the job of its original
    Column("correlation_id", String(36), nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("may_have_landed", Boolean, nullable=False),
    Column("sent_at", Double),
    Column("queued_at", Double, nullable=False),
    Column("not_before", Double, nullable=False),
    Column("lease_owner", String(32)),
    Column("lease_until", Double),
    Column("resource_id", String(64)),
    Column("error", Text),  # JSON: members of a problem, nothing that identifies a person
    Column("changed_at", Double, nullable=False),
    # What it was in the backup, until it is known whether it was filed since; "staged" if it was never handed over.
    Column("before_restore", String(10)),
    Column("answered", Boolean, nullable=False, server_default=false()),
    # An image is written once per kind of resource, even if several commits contain it.
    UniqueConstraint("image_id", "kind"),
    Index(None, "state", "not_before"),
    Index(None, "commit_id"),
)

job_transitions = Table(
    "job_transitions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("job_id", ForeignKey("jobs.id"), nullable=False),
    Column("at", Double, nullable=False),
    Column("from_state", String(10), nullable=False),
    Column("to_state", String(10), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("correlation_id", String(36)),
    Column("error", Text),
    Index(None, "job_id"),
)

record_sight = Table(
    "record_sight",
    metadata,
    Column("id", String(100), primary_key=True),  # facility/target/shape
    Column("facility_id", String(32), nullable=False),
    Column("target", String(10), nullable=False),
    Column("shape", String(40), nullable=False),
    Column("state", String(10), nullable=False),
    Column("checked_at", Double, nullable=False),
    Column("lag", Double, nullable=False),  # seconds
    Column("control", LargeBinary, info={"encrypted": "sight.control"}),  # JSON
    Index(None, "facility_id", "target"),
)

# How the clock behaves: one row for all gateways, and one for each machine since its start; see db/clock_watch.py.
clock = Table(
    "clock",
    metadata,
    Column("machine", String(64), primary_key=True),  # hash of the id of its start; empty in the row for all
    Column("ahead", Double, nullable=False),  # by how much the clock is before the machine's steady one
    Column("moved", Double, nullable=False),  # by how much stored times have been moved so far
    Column("since", Double, nullable=False),  # from when on times were recorded by this clock
    Column("seen_at", Double, nullable=False),  # when a gateway last ran
    Column("trusted_from", Double, nullable=False),  # from when on what is old may be deleted
)

events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("session_id", String(32), nullable=False),
    Column("name", String(20), nullable=False),
    Column("subject_id", String(32), nullable=False),
    Column("handoff_id", String(32)),  # the phone of an image that is gone
    Column("at", Double, nullable=False),
    Index(None, "session_id", "id"),
    sqlite_autoincrement=True,
)

installation = Table(
    "installation",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # always 1
    Column("identity", String(200), nullable=False),
    Column("generation", String(32), nullable=False),
    Column("previous_generation", String(32)),
    Column("environment", String(20), nullable=False),
    Column("restored_at", Double),
    Column("backup_at", Double),
    Column("estimated", Boolean, nullable=False),
)

data_keys = Table(
    "data_keys",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("wrapped", LargeBinary, nullable=False, info={"encrypted": "data_keys"}),
)

# How the installation's secret is stretched: one row, without a secret in it.
key_stretching = Table(
    "key_stretching",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("salt", String(32), nullable=False),  # hex
    Column("cost", Integer, nullable=False),
    Column("in_use", Boolean, nullable=False),
)

# Triggers prevent changing or deleting rows; see the migrations.
audit = Table(
    "audit",
    metadata,
    Column("shard", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),  # per shard
    Column("at", Double, nullable=False),
    Column("action", String(40), nullable=False),
    Column("facility_id", String(32), nullable=False),
    Column("session_id", String(32), nullable=False),
    Column("patient", String(64), nullable=False),  # keyed hash, or empty
    Column("who", LargeBinary, nullable=False),  # encrypted JSON: provider, address
    Column("subject", String(64), nullable=False),
    Column("document_id", String(64), nullable=False),
    Column("about", Text, nullable=False),  # JSON: codes and field names
    Column("correlation_id", String(36), nullable=False),
    Column("previous", String(64), nullable=False),
    Column("mac", String(64), nullable=False),
    Index(None, "session_id"),
    Index(None, "patient"),
    Index(None, "at"),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("shard", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("mac", String(64), nullable=False),
    Column("code", String(64), nullable=False),
)
