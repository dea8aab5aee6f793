"""What the sandbox is told at start, and the behaviours that can be changed while it runs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

DEFAULT_TENANT = "8a024e99-aba3-4b25-b875-28b0c0ca6096"
DEFAULT_CLIENT_ID = "7685ade3-f1ae-4e86-a398-fe7809c0fed1"
DEFAULT_SCOPE = "api://bf7945a6-e812-4121-898a-76fea7c13f4d/.default"

# The roles seen on a UAT token, the write roles that go with Scan write-back and tasks, and a read role for the
# Scan folder, whose real name nobody has published.
DEFAULT_ROLES = (
    "patient.nhisearch.read",
    "patient.nonnhisearch.read",
    "patient.media.write",
    "patient.media.read",
    "practitioner.read",
    "practice.location.read",
    "patient.task.read",
    "patient.task.write",
    "patient.communication.generalcommunication.write",
    "patient.communication.generalcommunication.read",
    "patient.communication.outboxwebform.read",
    "patient.binary.attachment.read",
    "patient.launchformincontext.read",
    "patient.documentreference.consultnotes.read",
    "patient.documentreference.rsdinbox.read",
    "patient.documentreference.scaninbox.write",
    "patient.documentreference.scaninbox.read",
)


@dataclass(frozen=True)
class Settings:
    """Fixed for the life of the process. `certificate` is a PEM file with the client's public certificate."""

    host: str = "127.0.0.1"
    port: int = 8090
    launch_url: str = "http://localhost:8000/launch"
    seed: Path | None = None
    folder: Path | None = None
    tenant: str = DEFAULT_TENANT
    client_id: str = DEFAULT_CLIENT_ID
    # The sandbox's own invented secret, printed at every start.
    client_secret: str = "sandbox-secret"  # noqa: S105 - not a secret: it opens invented patients only
    scope: str = DEFAULT_SCOPE
    certificate: Path | None = None

    @property
    def audience(self) -> str:
        """The `aud` of every token: the scope without `/.default`."""
        return self.scope.removesuffix("/.default")


def _choice(default: Any, *choices: Any) -> Any:
    return field(default=default, metadata={"choices": choices})


@dataclass(frozen=True)
class Behaviour:
    """What nobody outside Medtech knows for certain, switchable; each default is the stricter reading.

    In JSON (`/sandbox/settings`) the names are camelCase.
    """

    roles: tuple[str, ...] = DEFAULT_ROLES
    token_lifetime_seconds: int = 3599
    # A second POST with the same identifier: a second resource (201), the first one (200), or 409.
    duplicates: str = _choice("second", "second", "first", "conflict")
    extensions: str = _choice("drop", "keep", "drop", "refuse")
    require_author: bool = True
    require_auckland_offset: bool = True
    strict_messages: bool = True
    strict_tasks: bool = True
    echo_content: bool = True
    # Searches that are answered, each by the one parameter it may have; any other shape is 403.
    media_search: tuple[str, ...] = ("patient.identifier",)
    document_reference_search: tuple[str, ...] = ("identifier", "patient.identifier")
    communication_search: tuple[str, ...] = ("identifier", "patient.identifier")
    task_search: tuple[str, ...] = ("identifier", "patient.identifier")
    # How long a written resource stays out of searches (a read by id finds it at once).
    searchable_after_seconds: float = 0.0
    unknown_facility_status: int = _choice(403, 403, 404)
    launch_base: str = _choice("both", "both", "fhir", "host")
    forged_launch_status: int = _choice(400, 400, 403)
    launch_time_style: str = _choice("utc", "utc", "auckland")

    def as_json(self) -> dict[str, Any]:
        """Every behaviour by its JSON name."""
        return {
            _camel(f.name): list(value) if isinstance(value := getattr(self, f.name), tuple) else value
            for f in fields(self)
        }

    def changed(self, asked: Mapping[str, Any]) -> "Behaviour":
        """Copy with the named behaviours changed; ValueError with a sentence for a wrong name or value."""
        known = {_camel(f.name): f for f in fields(self)}
        changes: dict[str, Any] = {}
        for name, value in asked.items():
            if name not in known:
                raise ValueError(f"There is no setting {name!r}; there are: {', '.join(known)}.")
            f = known[name]
            changes[f.name] = _fitting(name, value, getattr(self, f.name), f.metadata.get("choices"))
        return replace(self, **changes)

    def search_shapes(self, resource_type: str) -> tuple[str, ...]:
        """The parameters by which resources of this type may be searched."""
        return {
            "Media": self.media_search,
            "DocumentReference": self.document_reference_search,
            "Communication": self.communication_search,
            "Task": self.task_search,
        }[resource_type]


def _camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda match: match.group(1).upper(), name)


def _fitting(name: str, value: Any, now: Any, choices: tuple[Any, ...] | None) -> Any:
    if choices is not None:
        if value not in choices:
            raise ValueError(f"{name} is one of: {', '.join(map(str, choices))}.")
        return value
    if isinstance(now, tuple):
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise ValueError(f"{name} is a list of strings.")
        return tuple(value)
    if isinstance(now, bool):
        if not isinstance(value, bool):
            raise ValueError(f"{name} is true or false.")  # noqa: TRY004 - it is the caller's JSON that is wrong, and ValueError says so
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        raise ValueError(f"{name} is a number, 0 or more.")
    return value if isinstance(now, float) else int(value)
