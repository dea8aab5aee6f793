"""The stretched secret: slow to guess, salted, and adopted by older installations without losing anything."""

import time
from pathlib import Path

import pytest

from clinicpro_images.crypto.data_keys import load_data_key, open_keyring
from clinicpro_images.crypto.keyring import DecryptionFailed, Keyring
from clinicpro_images.crypto.rotation import rotate
from clinicpro_images.crypto.stretching import COST, Stretching, load_stretching, stretch, use_stretching
from clinicpro_images.db.database import open_database
from clinicpro_images.db.migrate import migrate
from databases import sqlite_url

pytestmark = pytest.mark.anyio

SECRET = "an invented secret of this house"


def test_a_guess_takes_a_fraction_of_a_second_and_depends_on_the_salt() -> None:
    began = time.process_time()
    one = stretch(b"secret", Stretching(b"1" * 16, COST, in_use=True))
    # A key derivation without stretching takes some microseconds.
    assert time.process_time() - began > 0.03
    assert one != stretch(b"secret", Stretching(b"2" * 16, COST, in_use=True))


def test_unstretched_values_stay_readable_and_new_ones_are_stretched() -> None:
    stretching = Stretching(b"1" * 16, 16, in_use=True)
    before, now = Keyring(SECRET), Keyring(SECRET, stretching=stretching)
    assert now.decrypt_column(before.encrypt_column(b"old", "a/1"), "a/1") == b"old"
    with pytest.raises(DecryptionFailed):
        before.decrypt_column(now.encrypt_column(b"new", "a/1"), "a/1")
    # Until every gateway can read the new ones, the old way is used, and both are read.
    waiting = Keyring(SECRET, stretching=Stretching(b"1" * 16, 16, in_use=False))
    assert before.decrypt_column(waiting.encrypt_column(b"x", "a/1"), "a/1") == b"x"
    assert waiting.decrypt_column(now.encrypt_column(b"new", "a/1"), "a/1") == b"new"


async def test_an_older_installation_goes_on_and_rotation_stretches_all_of_it(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "clinicpro.db")
    database = open_database(url)
    try:
        await migrate(database)
        older = Keyring(SECRET)
        lookups = await database.write(load_data_key, older, "lookups")
        opened = await open_keyring(database, SECRET, (), cost=16)
        assert opened.keyed_hash("a", "b") == older.with_lookups(lookups).keyed_hash("a", "b")
        assert not (await database.write(load_stretching)).in_use
        assert await database.write(load_data_key, older, "lookups") == lookups

        await database.write(use_stretching)
        assert (await rotate(database, await open_keyring(database, SECRET, ()))).unreadable == 0
        assert await database.write(load_data_key, opened, "lookups") == lookups
        with pytest.raises(DecryptionFailed):
            await database.write(load_data_key, older, "lookups")
    finally:
        await database.close()


async def test_a_new_installation_stretches_from_the_start(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "clinicpro.db")
    database = open_database(url)
    try:
        await migrate(database)
        await open_keyring(database, SECRET, (), cost=16)
        assert (await database.write(load_stretching)).in_use
        with pytest.raises(DecryptionFailed):
            await database.write(load_data_key, Keyring(SECRET), "lookups")
    finally:
        await database.close()
