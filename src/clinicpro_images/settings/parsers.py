"""Parsers: each turns the text of an environment variable into a checked value, or raises InvalidValue.

No message quotes the text: it could be a secret that was set under the wrong name.
"""

import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal, cast, get_args
from urllib.parse import SplitResult, urlsplit

from clinicpro_images.settings.errors import InvalidValue
from clinicpro_images.settings.strength import LEAST_BITS, estimate_bits

CommitTarget = Literal["scan", "media", "both"]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_FACILITY_ID = re.compile(r"F[0-9A-Z]{5}-[0-9A-Z]")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_IDENTIFIER = re.compile(r"[A-Za-z0-9._-]+")
_KEYWORDS = {"self": "'self'", "'self'": "'self'", "none": "'none'", "'none'": "'none'"}
# CSP 3, 2.3.1: a keyword, a scheme, or a host with an optional scheme, wildcard and port; no path.
_SOURCE = re.compile(
    r"'self'|'none'|\*|https?:"
    r"|https?://(?:\*\.)?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*(?::(?:\d+|\*))?"
    r"|(?:\*\.)?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::(?:\d+|\*))?"  # without a scheme, one word is a mistake
    r"|https?://\[[0-9A-Fa-f:.]+\](?::\d+)?"
)
_MIN_SECRET = 16
_MAX_COUNT = 64
_MAX_RATE = 1000.0
_MAX_PER_MINUTE = 1_000_000.0


def is_loopback(host: str) -> bool:
    """Return whether a host name or address is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


# --- text ---------------------------------------------------------------------------------------


def text(value: str) -> str:
    """Any text."""
    return value


def word(value: str) -> str:
    """One word."""
    if not value.isprintable() or " " in value:
        raise InvalidValue("must be one word without spaces")
    return value


def identifier(value: str) -> str:
    """An ID made of letters, digits, dots, hyphens and underscores."""
    if not _IDENTIFIER.fullmatch(word(value)):
        raise InvalidValue("must be an ID made of letters, digits, dots and hyphens")
    return value


def facility(value: str) -> str:
    """An HPI facility ID, returned in upper case."""
    if not _FACILITY_ID.fullmatch(value.upper()):
        raise InvalidValue("must be an HPI facility ID, such as F2N060-E")
    return value.upper()


def words(value: str) -> frozenset[str]:
    """Words separated by commas or spaces."""
    return frozenset(_split_list(value))


def emails(value: str) -> frozenset[str]:
    """E-mail addresses separated by commas or spaces, returned in lower case."""
    found = words(value.lower())
    if not all(_EMAIL.fullmatch(each) for each in found):
        raise InvalidValue("must be e-mail addresses, separated by commas")
    return found


def scopes_list(value: str) -> tuple[str, ...]:
    """Words separated by spaces."""
    return tuple(value.split())


def scopes(value: str) -> str:
    """OpenID Connect scopes, returned separated by single spaces."""
    found = _split_list(value)
    if "openid" not in found:
        raise InvalidValue("must be scopes separated by spaces, including openid")
    return " ".join(found)


def claim(value: str) -> tuple[str, str]:
    """A claim and the value it must have, such as `roles=admin`; an empty text is a pair of empty texts."""
    name, _, wanted = value.partition("=")
    if value and not (name and wanted):
        raise InvalidValue("must be a claim and a value, such as roles=clinicpro-admin")
    return name, wanted


def target(value: str) -> CommitTarget:
    """The folder of the record that images are filed to."""
    if value.lower() not in get_args(CommitTarget):
        raise InvalidValue("must be scan, media or both")
    return cast("CommitTarget", value.lower())


def switch(value: str) -> bool:
    """On or off."""
    if value.lower() not in {"1", "true", "yes", "on", "0", "false", "no", "off"}:
        raise InvalidValue("must be 1 or 0")
    return value.lower() in {"1", "true", "yes", "on"}


# --- secrets ------------------------------------------------------------------------------------


def secret(value: str) -> str:
    """A secret of at least 16 characters that isn't a habit, such as a word with a year."""
    if len(value) < _MIN_SECRET:
        raise InvalidValue(f"must have at least {_MIN_SECRET} characters")
    if estimate_bits(value) < LEAST_BITS:
        raise InvalidValue("is too easy to guess; `clinicpro new-key` makes a strong one")
    return value


def secrets(value: str) -> tuple[str, ...]:
    """Secrets of at least 16 characters each, separated by commas."""
    found = tuple(filter(None, (each.strip() for each in value.split(","))))
    if any(len(each) < _MIN_SECRET for each in found):
        raise InvalidValue(f"must be secrets of at least {_MIN_SECRET} characters, separated by commas")
    return found


def certificate(value: str) -> str:
    r"""The path of a PEM file, which is opened later, or its text; `\n` in the text becomes a line end."""
    # Environment files hold one line a variable, so the line ends of a PEM often arrive escaped.
    return value.replace("\\n", "\n") if "-----BEGIN" in value else value


# --- addresses ----------------------------------------------------------------------------------


def url(value: str) -> str:
    """A full URL without a trailing slash; plain http for loopback only."""
    parts = _split_url(word(value))
    if value.endswith("/"):
        raise InvalidValue("must not end with a slash")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InvalidValue("must be a full URL that starts with https://")
    if parts.username is not None or parts.password is not None or "?" in value or "#" in value:
        raise InvalidValue("must be a plain URL, without user name, query or fragment")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise InvalidValue("must start with https://; http is only for this machine (localhost)")
    return value


def issuer(value: str) -> str:
    """The `issuer` of an OpenID Connect discovery document, unchanged."""
    # Some issuers end with a slash, and the claim in their tokens does too.
    url(value.removesuffix("/"))
    return value


def origin(value: str) -> str:
    """Scheme, host and port, returned in lower case, as browsers send their Origin."""
    if _split_url(url(value)).path:
        raise InvalidValue("must be scheme, host and port only, without a path")
    return value.lower()


def ancestors(value: str) -> str:
    """A list of sources for `frame-ancestors` of the Content Security Policy."""
    # systemd and some container engines remove the quotes of a keyword, so they are optional here.
    found = [_KEYWORDS.get(each.lower(), each) for each in value.split()]
    # Anything else, such as a semicolon, could end the directive and replace the rest of the policy.
    if not all(_SOURCE.fullmatch(each) for each in found) or ("'none'" in found and len(found) > 1):
        raise InvalidValue("must be 'none', or 'self' and origins separated by spaces")
    return " ".join(found)


def networks(value: str) -> tuple[Network, ...]:
    """IP addresses and networks, separated by commas or spaces."""
    try:
        return tuple(ipaddress.ip_network(each, strict=False) for each in _split_list(value))
    except ValueError as error:
        raise InvalidValue("must be addresses or networks such as 10.0.0.0/8, separated by commas") from error


# --- places for data ----------------------------------------------------------------------------


def folder(value: str) -> Path:
    """A folder, returned as an absolute path."""
    return Path(value).expanduser().absolute()


def database(value: str) -> str:
    """A database URL, `sqlite:///…` or `postgresql+psycopg://…`; `sqlite+aiosqlite:///…` is an older form."""
    found = re.sub(r"^sqlite\+aiosqlite:///", "sqlite:///", value)
    if not found.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise InvalidValue("must start with sqlite:/// or postgresql+psycopg://")
    return found


def storage(value: str) -> str:
    """A folder, returned as an absolute path, or `s3://bucket/prefix`."""
    if value.startswith("s3://"):
        parts = _split_url(value)
        if not parts.hostname or "@" in parts.netloc or "?" in value:
            raise InvalidValue("must be s3://bucket/prefix; credentials are read from the AWS_ variables")
        return value.rstrip("/")
    if "://" in value:
        raise InvalidValue("must be a folder or s3://bucket/prefix")
    return str(folder(value))


# --- numbers ------------------------------------------------------------------------------------


def seconds(*, at_most: float = 300.0) -> Callable[[str], float]:
    """Return a parser of seconds above 0."""

    def parse(value: str) -> float:
        found = _number(value)
        if not 0 < found <= at_most:
            raise InvalidValue(f"must be a number of seconds above 0, at most {at_most:.0f}")
        return found

    return parse


def count(value: str) -> int:
    """A whole number from 1 to 64."""
    found = _number(value)
    if found not in range(1, _MAX_COUNT + 1):
        raise InvalidValue(f"must be a whole number from 1 to {_MAX_COUNT}")
    return int(found)


def per_second(value: str) -> float | None:
    """A rate per second; 0 is no limit, returned as None."""
    found = _number(value)
    if not 0 <= found <= _MAX_RATE:
        raise InvalidValue(f"must be a number a second, at most {_MAX_RATE:.0f}, or 0 for no limit")
    return found or None


def per_minute(value: str) -> float:
    """A rate per minute; 0 is no limit."""
    found = _number(value)
    if found != 0 and not 1 <= found <= _MAX_PER_MINUTE:
        raise InvalidValue("must be a number a minute of at least 1, or 0 for no limit")
    return found


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return -1.0  # outside every range, so the caller says what is allowed


def _split_list(value: str) -> list[str]:
    return value.replace(",", " ").split()


def _split_url(value: str) -> SplitResult:
    try:
        parts = urlsplit(value)
        _ = parts.port  # checked by the library only when it is read
    except ValueError as error:
        raise InvalidValue("is not a valid URL") from error
    return parts


def address(text: str) -> tuple[str, int]:
    """Parse `127.0.0.1:9100` or `[::1]:9100`: where to listen."""
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    try:
        ipaddress.ip_address(host)
        number = int(port)
    except ValueError as error:
        raise InvalidValue("must be an address and a port, such as 127.0.0.1:9100") from error
    if not 0 <= number <= 65535:  # noqa: PLR2004 - the highest port
        raise InvalidValue("must have a port from 0 to 65535")
    return host, number


def contact(value: str) -> str:
    """An address to write to: `mailto:…` or `https://…`."""
    if not re.fullmatch(r"mailto:[^@\s]+@[^@\s]+|https://\S+", value):
        raise InvalidValue("must be mailto: with an address, or an https: URL")
    return value
