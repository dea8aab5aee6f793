"""Reading one environment variable after the other, each by its shape."""

import ipaddress
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, NoReturn, cast, get_args
from urllib.parse import SplitResult, urlsplit

CommitTarget = Literal["scan", "media", "both"]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_FACILITY_ID = re.compile(r"F[0-9A-Z]{5}-[0-9A-Z]")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_IDENTIFIER = re.compile(r"[A-Za-z0-9._-]+")
_DATABASES = {"sqlite+aiosqlite": "sqlite+aiosqlite:///", "postgresql+psycopg": "postgresql+psycopg://"}
_MIN_SECRET = 16
_MAX_TIMEOUT = 300.0
_MAX_COUNT = 64
_MAX_RATE = 1000.0
_MAX_PER_MINUTE = 1_000_000.0


class SettingsError(Exception):
    """A setting is missing or wrong; `str()` is one line that names the variable."""

    def __init__(self, variable: str, sentence: str) -> None:
        """Name the environment variable, and say in a sentence what it should be."""
        self.variable = variable
        self.sentence = sentence
        super().__init__(f"{variable} {sentence}")


def is_loopback(host: str) -> bool:
    """Say whether a host name or address is this very machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Reader:
    """Reads one variable after the other; each method knows one shape and raises SettingsError for any other."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        """Read from `environ`; empty counts as unset."""
        self._environ = environ

    def text(self, variable: str) -> str | None:
        """Return the value without the spaces around it; None where it is unset or empty."""
        return self._environ.get(variable, "").strip() or None

    def word(self, variable: str, default: str) -> str:
        """Return a value of one word."""
        value = self.text(variable) or default
        if not value.isprintable() or " " in value:
            _refuse(variable, "must be one word without spaces")
        return value

    def identifier(self, variable: str, default: str) -> str:
        """Return an id of letters, digits, dots and hyphens."""
        value = self.word(variable, default)
        if not _IDENTIFIER.fullmatch(value):
            _refuse(variable, "must be an id made of letters, digits, dots and hyphens")
        return value

    def url(self, variable: str, default: str) -> str:
        """Return a full URL without a slash at its end; plain http only for loopback."""
        return self.url_of(variable, self.word(variable, default))

    def url_of(self, variable: str, value: str) -> str:
        """Check a URL as `url` does."""
        parts = _split(variable, value)
        if value.endswith("/"):
            _refuse(variable, "must not end with a slash")
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            _refuse(variable, "must be a full URL that starts with https://")
        if parts.username is not None or parts.password is not None or "?" in value or "#" in value:
            _refuse(variable, "must be a plain URL, without user name, query or fragment")
        if parts.scheme == "http" and not is_loopback(parts.hostname):
            _refuse(variable, "must start with https://; http is only for this machine itself (localhost)")
        return value

    def issuer(self, variable: str) -> str | None:
        """Return the URL of an OpenID Connect issuer exactly as it names itself, or None."""
        value = self.text(variable)
        if value is not None:
            # Some issuers end with a slash, and the claim in their tokens does too.
            self.url_of(variable, value.removesuffix("/"))
        return value

    def optional_url(self, variable: str) -> str | None:
        """Return a URL as `url` does, or None."""
        return self.url(variable, "") if self.text(variable) else None

    def origin(self, variable: str, default: str) -> str:
        """Return scheme, host and port, in lower case."""
        value = self.url(variable, default)
        if _split(variable, value).path:
            _refuse(variable, "must be scheme, host and port only, without a path")
        return value.lower()  # browsers send their Origin in lower case

    def folder(self, variable: str, default: Callable[[], Path]) -> Path:
        """Return an absolute path."""
        value = self.text(variable)
        return (Path(value) if value else default()).expanduser().absolute()

    def facility(self, variable: str) -> str | None:
        """Return an HPI facility id in upper case, or None."""
        value = self.text(variable)
        if value is None:
            return None
        if not _FACILITY_ID.fullmatch(value.upper()):
            _refuse(variable, "must be an HPI facility id, such as F2N060-E")
        return value.upper()

    def database(self, variable: str, default: Path) -> str:
        """Return a database URL; SQLite at `default` where unset."""
        value = self.text(variable) or f"sqlite+aiosqlite:///{default.as_posix()}"
        if not value.startswith(_DATABASES.get(value.partition("://")[0], "\0")):
            _refuse(variable, "must start with sqlite+aiosqlite:/// or postgresql+psycopg://")
        return value

    def storage(self, variable: str, default: Path) -> str:
        """Return a folder's absolute path, or `s3://bucket/prefix`."""
        value = self.text(variable)
        if value is None:
            return str(default)
        if value.startswith("s3://"):
            parts = _split(variable, value)
            if not parts.hostname or "@" in parts.netloc or "?" in value:
                _refuse(variable, "must be s3://bucket/prefix; credentials are taken from the AWS_ variables")
            return value.rstrip("/")
        if "://" in value:
            _refuse(variable, "must be a folder or s3://bucket/prefix")
        return str(Path(value).expanduser().absolute())

    def secret(self, variable: str) -> str | None:
        """Return a secret of at least 16 characters, or None."""
        value = self.text(variable)
        if value is not None and len(value) < _MIN_SECRET:
            _refuse(variable, f"must have at least {_MIN_SECRET} characters")
        return value

    def secrets(self, variable: str) -> tuple[str, ...]:
        """Return secrets of at least 16 characters, which are separated by commas."""
        found = tuple(filter(None, (each.strip() for each in (self.text(variable) or "").split(","))))
        if any(len(each) < _MIN_SECRET for each in found):
            _refuse(variable, f"must be secrets of at least {_MIN_SECRET} characters, separated by commas")
        return found

    def certificate(self, variable: str) -> str | None:
        """Return a PEM, or the path of one, or None."""
        value = self.text(variable)
        if value is None or "-----BEGIN" not in value:
            return value  # a path; it is opened where the certificate is needed
        # Environment files hold one line a variable, so a PEM's line ends often arrive as \n in letters.
        return value.replace("\\n", "\n")

    def target(self, variable: str, default: CommitTarget) -> CommitTarget:
        """Return where pictures are filed."""
        value = (self.text(variable) or default).lower()
        if value not in get_args(CommitTarget):
            _refuse(variable, "must be scan, media or both")
        return cast("CommitTarget", value)

    def ancestors(self, variable: str, default: str) -> str:
        """Return a list of sources for the CSP's frame-ancestors."""
        value = " ".join((self.text(variable) or default).split())
        # A semicolon or comma would end the directive and let the rest of the policy be rewritten.
        if re.search(r"[;,\x00-\x1f\x7f]", value) or ("'none'" in value and value != "'none'"):
            _refuse(variable, "must be 'none', or 'self' and origins separated by spaces")
        return value

    def switch(self, variable: str) -> bool:
        """Return whether it is on."""
        value = (self.text(variable) or "0").lower()
        if value not in {"1", "true", "yes", "on", "0", "false", "no", "off"}:
            _refuse(variable, "must be 1 or 0")
        return value in {"1", "true", "yes", "on"}

    def seconds(self, variable: str, default: float, *, most: float = _MAX_TIMEOUT) -> float:
        """Return seconds above 0, at most `most`."""
        seconds = self._number(variable, default)
        if not 0 < seconds <= most:
            _refuse(variable, f"must be a number of seconds above 0, at most {most:.0f}")
        return seconds

    def count(self, variable: str, default: int) -> int:
        """Return a whole number from 1 to 64."""
        number = self._number(variable, default)
        if number not in range(1, _MAX_COUNT + 1):
            _refuse(variable, f"must be a whole number from 1 to {_MAX_COUNT}")
        return int(number)

    def rate(self, variable: str, default: float) -> float | None:
        """Return a number a second; None for no limit."""
        rate = self._number(variable, default)
        if not 0 <= rate <= _MAX_RATE:
            _refuse(variable, f"must be a number a second, at most {_MAX_RATE:.0f}, or 0 for no limit")
        return rate or None

    def per_minute(self, variable: str, default: float) -> float:
        """Return a number a minute; 0 for no limit."""
        rate = self._number(variable, default)
        if rate != 0 and not 1 <= rate <= _MAX_PER_MINUTE:
            _refuse(variable, "must be a number a minute of at least 1, or 0 for no limit")
        return rate

    def words(self, variable: str) -> frozenset[str]:
        """Return words, which are separated by commas or spaces."""
        return frozenset((self.text(variable) or "").replace(",", " ").split())

    def emails(self, variable: str) -> frozenset[str]:
        """Return e-mail addresses in lower case, which are separated by commas or spaces."""
        found = frozenset(word.lower() for word in self.words(variable))
        if not all(_EMAIL.fullmatch(word) for word in found):
            _refuse(variable, "must be e-mail addresses, separated by commas")
        return found

    def scope(self, variable: str, default: str) -> str:
        """Return OpenID Connect scopes, separated by spaces."""
        words = (self.text(variable) or default).replace(",", " ").split()
        if "openid" not in words:
            _refuse(variable, "must be scopes separated by spaces, openid among them")
        return " ".join(words)

    def claim(self, variable: str) -> tuple[str, str]:
        """Return a claim and the value wanted in it, from `roles=admin`; two empty words where it is unset."""
        value = self.text(variable)
        name, _, wanted = (value or "").partition("=")
        if value is not None and not (name and wanted):
            _refuse(variable, "must be a claim and a value, such as roles=clinicpro-admin")
        return name, wanted

    def networks(self, variable: str) -> tuple[Network, ...]:
        """Return addresses and networks, separated by commas or spaces."""
        found = []
        for word in (self.text(variable) or "").replace(",", " ").split():
            try:
                found.append(ipaddress.ip_network(word, strict=False))
            except ValueError:
                _refuse(variable, "must be addresses or networks such as 10.0.0.0/8, separated by commas")
        return tuple(found)

    def _number(self, variable: str, default: float) -> float:
        value = self.text(variable)
        try:
            return default if value is None else float(value)
        except ValueError:
            return -1.0  # which no variable allows


def _split(variable: str, value: str) -> SplitResult:
    try:
        parts = urlsplit(value)
        _ = parts.port  # is only checked when it is read
    except ValueError:
        _refuse(variable, "is not a URL that can be read")
    return parts


def _refuse(variable: str, sentence: str) -> NoReturn:
    """Refuse without quoting the value: it could be a secret put under the wrong name."""
    raise SettingsError(variable, f"{sentence}.")
