"""The checks of this installation itself: database, photo store, disk, clock, and the address that browsers open."""

import asyncio
import shutil
import ssl
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from clinicpro_images.crypto.data_keys import has_data_key, open_keyring
from clinicpro_images.db.database import open_database
from clinicpro_images.db.migrate import current_revision, newest_revision
from clinicpro_images.doctor.checks import NETWORK, YOU, CheckResult, failed, passed, skipped, warned
from clinicpro_images.doctor.restored import restore_check
from clinicpro_images.errors import ClinicProError
from clinicpro_images.images.blob_store.protocol import BlobStore
from clinicpro_images.settings.errors import InstallationIncomplete, SettingsError
from clinicpro_images.settings.parsers import is_loopback
from clinicpro_images.settings.settings import Settings

INSTALLATION_CHECKS = ("pages", "database", "restore", "storage", "disk", "clock", "public URL")

_SECONDS = 15.0
_LOW_DISK, _NO_DISK = 2_000_000_000, 200_000_000
_WRONG_CLOCK = 60.0
_SOON_DAYS = 14
_DAY = 86_400.0
_LONGEST_HEAD = 8192
_NOT_ALLOWED = "This user may not open it. Run this as the user that runs the gateway."


class InstallationChecks:
    """The checks of one run; they don't depend on Medtech, so all of them are made."""

    def __init__(
        self,
        settings: Settings,
        *,
        open_blobs: Callable[[], BlobStore],
        require_pages: Callable[[], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`open_blobs` opens the photo store; `require_pages` raises InstallationIncomplete; `clock` is seconds since 1970."""
        self._settings = settings
        self._open_blobs = open_blobs
        self._require_pages = require_pages
        self._clock = clock

    async def run(self) -> list[CheckResult]:
        """Return one result for each of INSTALLATION_CHECKS."""
        return [
            self.pages(),
            await self.database(),
            await restore_check(self._settings.database_url, self._clock()),
            await self.storage(),
            await asyncio.to_thread(self.disk),
            await self.wall_clock(),
            await self.public_url(),
        ]

    def pages(self) -> CheckResult:
        """Check that the widget is installed, without which the gateway doesn't start."""
        try:
            self._require_pages()
        except InstallationIncomplete as error:
            return failed("pages", "The pages for desktop and phone are missing.", str(error), YOU)
        return passed("pages", "The pages for desktop and phone are installed.")

    async def database(self) -> CheckResult:
        """Write to the database, and take it back."""
        url = self._settings.database_url
        kind = "PostgreSQL" if url.startswith("postgresql") else "SQLite"
        file = Path(url.removeprefix("sqlite:///"))
        try:
            if kind == "SQLite" and not await asyncio.to_thread(file.exists):
                return await asyncio.to_thread(self._to_be_created, "database", file.parent)
            async with asyncio.timeout(_SECONDS):
                revision = await asyncio.to_thread(_write_and_roll_back, url)
                wrong = await _wrong_secret(self._settings) if revision == newest_revision() else None
        except PermissionError as error:
            return failed("database", _NOT_ALLOWED, f"{error.filename}: {error.strerror}.", YOU)
        except SQLAlchemyError as error:
            # The message may name the server, the role and the cause, but not the password.
            reason = str(getattr(error, "orig", None) or type(error).__name__).split("\n")[0]
            return failed("database", f"{kind} doesn't accept a write.", f"{reason}.", YOU)
        except TimeoutError:
            return failed(
                "database", f"{kind} didn't answer within {_SECONDS:.0f} s.", "It may be locked.", YOU
            )
        unusable = _unusable(revision, wrong)
        return unusable or passed("database", f"{kind} accepts writes.")

    async def storage(self) -> CheckResult:
        """Write to the photo store, read it back and remove it."""
        where = self._settings.storage_url
        try:
            if not where.startswith("s3://") and not await asyncio.to_thread(Path(where).exists):
                return await asyncio.to_thread(self._to_be_created, "storage", Path(where))
        except PermissionError as error:
            return failed("storage", _NOT_ALLOWED, f"{error.filename}: {error.strerror}.", YOU)
        blobs = self._open_blobs()
        try:
            async with asyncio.timeout(4 * _SECONDS):
                await blobs.check()
        except (ClinicProError, TimeoutError, OSError) as error:
            why = error.integrator if isinstance(error, ClinicProError) else f"{type(error).__name__}."
            return failed("storage", f"{where} can't be written to.", why, YOU)
        finally:
            await blobs.close()
        return passed("storage", f"{where} accepts photos.")

    def _to_be_created(self, check: str, folder: Path) -> CheckResult:
        """Say that `clinicpro serve` creates it, if it can: a folder of its own is made and removed there."""
        there = folder
        # Only a SQLite file's folder has to exist already, unless it is the data folder.
        while not there.exists() and (check == "storage" or self._is_data(there)):
            there = there.parent
        try:
            with tempfile.TemporaryDirectory(prefix=".clinicpro-doctor-", dir=there):
                pass
        except OSError as error:
            why = f"{there}: {error.strerror}. The user that runs the gateway must be able to write there."
            return failed(check, f"It doesn't exist yet, and can't be created in {folder}.", why, YOU)
        return skipped(check, "It doesn't exist yet; `clinicpro serve` creates it.")

    def _is_data(self, folder: Path) -> bool:
        return folder == self._settings.data_dir or folder in self._settings.data_dir.parents

    def disk(self) -> CheckResult:
        """Compare the free space of the data folder with what a day of photos takes."""
        folder = self._settings.data_dir
        while not folder.exists():
            folder = folder.parent
        free = shutil.disk_usage(folder).free
        what = f"{free / 1e9:.1f} GB are free in {self._settings.data_dir}."
        if free < _NO_DISK:
            return failed("disk", what, "Uploads will be refused soon: make room.", YOU)
        if free < _LOW_DISK:
            return warned("disk", what, "A busy day needs about 2 GB: make room.", YOU)
        return passed("disk", what)

    async def wall_clock(self) -> CheckResult:
        """Compare the clock with that of Medtech's token endpoint."""
        try:
            head = await _head(self._settings.token_url, "/")
            theirs = parsedate_to_datetime(head["date"]).timestamp()
        except (OSError, ssl.SSLError, TimeoutError, KeyError, ValueError, TypeError):
            return skipped("clock", "Nothing to compare it with: the token endpoint doesn't answer.")
        ahead = self._clock() - theirs
        if abs(ahead) > _WRONG_CLOCK:
            way = "ahead of" if ahead > 0 else "behind"
            why = "Launches, tokens and dates will be refused or wrong. Run `timedatectl` and enable time synchronisation."
            return failed("clock", f"This server's clock is {abs(ahead):.0f} s {way} Medtech's.", why, YOU)
        return passed("clock", "It agrees with Medtech's.")

    async def public_url(self) -> CheckResult:
        """Open the address that browsers and phones use, and check its certificate."""
        url = self._settings.public_url
        host = urlsplit(url).hostname or ""
        if is_loopback(host):
            return skipped("public URL", f"{url} is this machine only.")
        try:
            head = await _head(url, "/healthz")
        except ssl.SSLCertVerificationError as error:
            why = f"{error.verify_message.rstrip('.')}. Browsers and phones will refuse it too."
            return failed("public URL", f"The certificate of {host} isn't trusted.", why, YOU)
        except (OSError, TimeoutError):
            why = "If browsers can open it, this server's own network just can't reach it; otherwise check proxy and DNS."
            return warned("public URL", f"{url} doesn't answer from here.", why, NETWORK)
        except ValueError:
            return failed("public URL", f"What answers at {url} isn't a web server.", "Check the proxy.", YOU)
        return self._answered(url, head)

    def _answered(self, url: str, head: dict[str, str]) -> CheckResult:
        left = (float(head["expires"]) - self._clock()) / _DAY if "expires" in head else None
        if head["status"] != "200":
            why = "The proxy answers, but not for the gateway: is it running, and does the proxy lead to it?"
            return warned("public URL", f"{url} answers {head['status']}.", why, YOU)
        if left is not None and left < _SOON_DAYS:
            day = datetime.fromtimestamp(float(head["expires"]), UTC).date().isoformat()
            return warned(
                "public URL", f"Its certificate ends on {day}.", "Renew it; is the timer running?", YOU
            )
        return passed("public URL", f"{url} answers, and its certificate is trusted.")


def _unusable(revision: str | None, wrong_secret: str | None) -> CheckResult | None:
    """Return why this version can't use a database that accepts writes."""
    if revision is not None and revision > newest_revision():
        what = f"A newer version of this program has upgraded the database (revision {revision})."
        return failed("database", what, "Install that version, or a newer one.", YOU)
    if wrong_secret is not None:
        return failed("database", "What it holds can't be decrypted.", wrong_secret, YOU)
    return None


async def _wrong_secret(settings: Settings) -> str | None:
    """Return why the secret doesn't decrypt what this version has stored; None if it does, or if there is no secret."""
    if settings.secret_key is None:
        return None
    database = open_database(settings.database_url)
    try:
        if await database.read(has_data_key, "lookups"):
            await open_keyring(database, settings.secret_key, settings.old_secret_keys)
    except SettingsError as error:
        return str(error)
    finally:
        await database.close()
    return None


def _write_and_roll_back(url: str) -> str | None:
    """Return the revision of the schema; None if there is none yet."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT", connect_args=_connect_args(url))
    try:
        with engine.connect() as connection:
            begin = "BEGIN IMMEDIATE" if url.startswith("sqlite") else "BEGIN"
            connection.execute(text(begin))
            connection.execute(text("CREATE TABLE clinicpro_doctor_writes (a INTEGER)"))
            connection.execute(text("ROLLBACK"))
            return current_revision(connection)
    finally:
        engine.dispose()


def _connect_args(url: str) -> dict[str, int]:
    return {"timeout": 10} if url.startswith("sqlite") else {"connect_timeout": 10}


async def _head(url: str, path: str) -> dict[str, str]:
    """Return status and headers of a GET, and when the certificate `expires`; raises OSError, TimeoutError, ValueError."""
    parts = urlsplit(url)
    secure, host = parts.scheme == "https", parts.hostname or ""
    context = ssl.create_default_context() if secure else None
    async with asyncio.timeout(_SECONDS):
        reader, writer = await asyncio.open_connection(
            host, parts.port or (443 if secure else 80), ssl=context
        )
        try:
            writer.write(f"GET {path} HTTP/1.0\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n".encode())
            await writer.drain()
            received = await reader.read(_LONGEST_HEAD)
            found: dict[str, str] = {}
            certificate = writer.get_extra_info("peercert")
        finally:
            writer.close()
    lines = received.decode("latin-1").split("\r\n\r\n")[0].split("\r\n")
    if not lines[0].startswith("HTTP/"):
        raise ValueError("not HTTP")
    found["status"] = lines[0].split(" ")[1]
    found |= {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    if certificate:
        found["expires"] = str(ssl.cert_time_to_seconds(str(certificate["notAfter"])))
    return found
