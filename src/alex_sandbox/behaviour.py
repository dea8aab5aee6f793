"""How the sandbox behaves where ALEX's behaviour is not known for certain; can be changed while it runs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

# The roles seen on a UAT token, the write roles for Scan write-back and tasks, and read roles for the Scan folder and for
# appointments, whose real names have not been published.
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
    "patient.appointment.read",
)


def _choice(default: Any, *choices: Any) -> Any:
    return field(default=default, metadata={"choices": choices})


@dataclass(frozen=True)
class Behaviour:
    """Behaviour that nobody outside Medtech knows for certain. Each default is the stricter interpretation.

    In JSON (`/sandbox/settings`) the names are camelCase.
    """

    roles: tuple[str, ...] = DEFAULT_ROLES
    token_lifetime_seconds: int = 3599
    # A second POST with the same identifier: create a second resource (201), return the first one (200), or 409.
    duplicates: str = _choice("second", "second", "first", "conflict")
    extensions: str = _choice("drop", "keep", "drop", "refuse")
    require_author: bool = True
    require_auckland_offset: bool = True
    strict_messages: bool = True
    strict_tasks: bool = True
    echo_content: bool = True
    # Supported searches, each the names of its parameters joined by "+"; any other query gets 403.
    media_search: tuple[str, ...] = ("patient.identifier",)
    document_reference_search: tuple[str, ...] = (
        "patient.identifier+type",
        "patient._id+type",
        "_id",
    )
    communication_search: tuple[str, ...] = ("identifier", "patient.identifier")
    task_search: tuple[str, ...] = ("identifier", "patient.identifier")
    # What a search shows of the resources that vendors have written.
    search_shows: str = _choice(
        "everything",
        "everything",
        "nothing",
        "stripped",
        "other-types",
        "parameters-ignored",
        "other-facility",
    )
    # Delay before a new resource appears in searches; a read by id finds it immediately.
    searchable_after_seconds: float = 0.0
    # Entries on a page, 0 for all on one page; and how a search fails after its first page.
    search_page_size: int = 0
    search_breaks_off: str = _choice("never", "never", "error", "silently", "repeats")
    # Whether documents of the Scan folder, and their bytes, can be read and searched for at all.
    earlier_scans: bool = True
    unknown_facility_status: int = _choice(403, 403, 404)
    launch_base: str = _choice("both", "both", "fhir", "host")
    forged_launch_status: int = _choice(400, 400, 403)
    launch_time_style: str = _choice("utc", "utc", "auckland")

    def as_json(self) -> dict[str, Any]:
        """Every setting by its JSON name."""
        return {
            _camel(f.name): list(value) if isinstance(value := getattr(self, f.name), tuple) else value
            for f in fields(self)
        }

    def changed(self, changes: Mapping[str, Any]) -> "Behaviour":
        """Return a copy with the given JSON settings changed; ValueError explains an invalid name or value."""
        known = {_camel(f.name): f for f in fields(self)}
        values: dict[str, Any] = {}
        for name, value in changes.items():
            if name not in known:
                raise ValueError(f"Unknown setting {name!r}. Use one of: {', '.join(known)}.")
            f = known[name]
            values[f.name] = _checked(name, value, getattr(self, f.name), f.metadata.get("choices"))
        return replace(self, **values)

    def search_parameters(self, resource_type: str) -> tuple[str, ...]:
        """Return the parameters that can be used to search for resources of this type."""
        return {
            "Media": self.media_search,
            "DocumentReference": self.document_reference_search,
            "Communication": self.communication_search,
            "Task": self.task_search,
        }[resource_type]


@dataclass
class LiveBehaviour:
    """The behaviour in force; `/sandbox/settings` replaces it."""

    behaviour: Behaviour = field(default_factory=Behaviour)

    def current(self) -> Behaviour:
        """Return the behaviour in force."""
        return self.behaviour


def _camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda match: match.group(1).upper(), name)


def _checked(name: str, value: Any, current: Any, choices: tuple[Any, ...] | None) -> Any:
    if choices is not None:
        if value not in choices:
            raise ValueError(f"{name} must be one of: {', '.join(map(str, choices))}.")
        return value
    if isinstance(current, tuple):
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise ValueError(f"{name} must be a list of strings.")
        return tuple(value)
    if isinstance(current, bool):
        if not isinstance(value, bool):
            raise ValueError(f"{name} must be true or false.")  # noqa: TRY004 - invalid JSON from a caller is a ValueError
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        raise ValueError(f"{name} must be a number, 0 or more.")
    return value if isinstance(current, float) else int(value)
