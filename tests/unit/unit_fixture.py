"""Database, keyring, trail and sessions on a real SQLite file, without web or ALEX."""

import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from clinicpro_images.audit.open import open_trail
from clinicpro_images.audit.trail import Trail
from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.db.database import Database, open_database
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.events.broker import EventBroker
from clinicpro_images.sessions.session import Facility, Patient, Provider, Session
from clinicpro_images.sessions.store import SessionStore
from databases import place_migrated, sqlite_url

HERE = "F2N060-E"
SECRET = "invented key for tests only"


@dataclass(frozen=True)
class UnitFixture:
    """The parts that share one database."""

    database: Database
    keyring: Keyring
    trail: Trail
    sessions: SessionStore

    async def session(self, facility_id: str = HERE, *, token: str = "") -> Session:
        """A session that started now, under its cookie's token."""
        now, patient_id, provider_id = time.time(), "p" * 32, "d" * 32
        session = Session(
            id=uuid.uuid4().hex,
            patient=Patient(patient_id, "Aroha Tamati", "ZZZ0016", "1965-08-07", "female"),
            provider=Provider(provider_id, "Dr Wiremu Hohepa"),
            facility=Facility(facility_id, "Healthier Care"),
            patient_key=self.sessions.patient_key(facility_id, patient_id),
            provider_key=self.sessions.provider_key(facility_id, provider_id),
            visual_index=0,
            started_at=now,
            active_at=now,
            ended_at=None,
        )

        def add(work: UnitOfWork) -> None:
            self.sessions.add(work.connection, session, token or uuid.uuid4().hex)

        await self.database.write(add)
        return session


@asynccontextmanager
async def open_unit_fixture(folder: Path) -> AsyncIterator[UnitFixture]:
    """Open the database in `folder`; opened twice on one folder, it is two processes."""
    url = sqlite_url(folder / "clinicpro.db")
    place_migrated(url)
    database, keyring = open_database(url), Keyring(SECRET)
    try:
        trail = await open_trail(database, keyring)
        yield UnitFixture(
            database=database.with_logs(trail, EventBroker(database)),
            keyring=keyring,
            trail=trail,
            sessions=SessionStore(keyring),
        )
    finally:
        await database.close()
