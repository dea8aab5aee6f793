"""The fault plan set through `/sandbox/faults`: which calls fail, how, and how often; pure and repeatable.

A plan is `{"seed": 1, "faults": [{...}, ...]}`. Each fault has a `kind` and any of these members:

    times        how often it happens (default: until the plan is replaced)
    probability  0 to 1, for each matching call (default: 1)
    skip         how many matching calls succeed first
    method       GET or POST
    resource     Patient, Media, DocumentReference, ..., launch, or token (which fails only if named here)
    facility     the call's mt-facilityid
    afterWrite   true: ALEX processes the call, then the fault replaces its response
    seconds      for latency, hang and slow-body
    upToSeconds  for latency: uniformly distributed between `seconds` and this
    retryAfter   for 429, in seconds

`latency` and `slow-body` only delay the call, and add up; of all other faults, the first that matches and fires ends
the call. With the same seed and the same calls, the same calls fail.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Any

DELAY_KINDS = ("latency", "slow-body")
STATUS_KINDS = ("401", "403", "429", "500", "502", "503", "503-platform", "504")
ENDING_KINDS = (*STATUS_KINDS, "hang", "close")
KINDS = (*DELAY_KINDS, *ENDING_KINDS)


@dataclass(frozen=True)
class FaultTarget:
    """The properties of a call that faults are matched against."""

    method: str
    resource: str
    facility: str


@dataclass(frozen=True)
class Fault:
    """One fault of a plan. Raises ValueError, with an explanation, for invalid values."""

    kind: str
    times: int | None = None
    probability: float | None = None
    skip: int = 0
    method: str | None = None
    resource: str | None = None
    facility: str | None = None
    after_write: bool = False
    seconds: float | None = None
    up_to_seconds: float | None = None
    retry_after: int = 1

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of: {', '.join(KINDS)}.")
        if self.probability is not None and not 0 <= self.probability <= 1:
            raise ValueError("probability must be between 0 and 1.")
        if self.kind in DELAY_KINDS and self.seconds is None:
            raise ValueError(f"{self.kind} needs seconds.")
        if self.up_to_seconds is not None and self.up_to_seconds < (self.seconds or 0):
            raise ValueError("upToSeconds must be at least seconds.")

    def matches(self, call: FaultTarget) -> bool:
        """Return whether this fault applies to the call."""
        if self.resource != call.resource and (self.resource is not None or call.resource == "token"):
            return False
        return self.method in {None, call.method} and self.facility in {None, call.facility}


@dataclass
class _FaultCounter:
    """A fault of the plan with its random generator and its counts."""

    fault: Fault
    random: Random
    matched: int = 0
    happened: int = 0

    def fires(self) -> bool:
        fault = self.fault
        self.matched += 1
        if self.matched <= fault.skip or (fault.times is not None and self.happened >= fault.times):
            return False
        if fault.probability is not None and self.random.random() >= fault.probability:
            return False
        self.happened += 1
        return True


@dataclass(frozen=True)
class FaultEffect:
    """The effect on one call: delays in seconds, the fault that ends it if any, and the kinds that fired."""

    wait_before: float = 0.0
    wait_after: float = 0.0
    slow_body: float = 0.0
    ending: Fault | None = None
    kinds: tuple[str, ...] = ()


@dataclass
class FaultPlan:
    """The faults in force, in order."""

    seed: int = 0
    _counters: list[_FaultCounter] = field(default_factory=list)

    def replace(self, seed: int, faults: list[Fault]) -> None:
        """Replace all faults."""
        self.seed = seed
        self._counters = [_FaultCounter(fault, Random(f"{seed}/{n}")) for n, fault in enumerate(faults)]  # noqa: S311 - must be repeatable

    def apply(self, call: FaultTarget) -> FaultEffect:
        """Determine what happens to this call, and count it."""
        before = after = slow = 0.0
        kinds: list[str] = []
        for counter in self._counters:
            fault = counter.fault
            if not fault.matches(call) or not counter.fires():
                continue
            kinds.append(fault.kind)
            if fault.kind == "latency":
                wait = counter.random.uniform(fault.seconds or 0, fault.up_to_seconds or fault.seconds or 0)
                before, after = (before, after + wait) if fault.after_write else (before + wait, after)
            elif fault.kind == "slow-body":
                slow += fault.seconds or 0
            else:
                return FaultEffect(before, after, slow, fault, tuple(kinds))
        return FaultEffect(before, after, slow, None, tuple(kinds))

    def as_json(self) -> dict[str, Any]:
        """Return the plan with, for each fault, how many calls matched and how often it happened."""
        return {
            "seed": self.seed,
            "faults": [
                {**fault_json(each.fault), "matched": each.matched, "happened": each.happened}
                for each in self._counters
            ],
        }


MEMBERS = {
    "kind": ("kind", str),
    "times": ("times", int),
    "probability": ("probability", float),
    "skip": ("skip", int),
    "method": ("method", str),
    "resource": ("resource", str),
    "facility": ("facility", str),
    "afterWrite": ("after_write", bool),
    "seconds": ("seconds", float),
    "upToSeconds": ("up_to_seconds", float),
    "retryAfter": ("retry_after", int),
}


def fault_json(fault: Fault) -> dict[str, Any]:
    """Return a fault's JSON, without members that have their default."""
    return {
        name: value
        for name, (attribute, _) in MEMBERS.items()
        if (value := getattr(fault, attribute)) is not None
        and value != Fault.__dataclass_fields__[attribute].default
    }


def parse_plan(document: Any) -> tuple[int, list[Fault]]:
    """Return seed and faults of a plan in JSON. Raises ValueError with an explanation."""
    if not isinstance(document, dict) or not isinstance(document.get("faults"), list):
        raise ValueError('A plan must be {"seed": 1, "faults": [...]}.')  # noqa: TRY004 - invalid JSON from a caller is a ValueError
    seed = document.get("seed", 0)
    if not isinstance(seed, int):
        raise ValueError("seed must be an integer.")  # noqa: TRY004 - invalid JSON from a caller is a ValueError
    return seed, [_parse_fault(each) for each in document["faults"]]


def _parse_fault(entry: Any) -> Fault:
    if not isinstance(entry, dict) or "kind" not in entry:
        raise ValueError("Each fault must be an object with a kind.")
    values: dict[str, Any] = {}
    for name, value in entry.items():
        if name in {"matched", "happened"}:
            continue  # GET adds these; a plan from GET can be PUT again
        if name not in MEMBERS:
            raise ValueError(f"Unknown member {name!r}. A fault can have: {', '.join(MEMBERS)}.")
        attribute, kind = MEMBERS[name]
        if name == "kind":
            values[attribute] = str(value)
        elif value is not None:
            values[attribute] = _checked(name, value, kind)
    return Fault(**values)


def _checked(name: str, value: Any, kind: type) -> Any:
    expected: tuple[type, ...] = (int, float) if kind is float else (kind,)
    if not isinstance(value, expected) or (kind is not bool and isinstance(value, bool)):
        raise ValueError(f"{name} must be a {kind.__name__}.")
    if isinstance(value, (int, float)) and value < 0:
        raise ValueError(f"{name} must be 0 or more.")
    return value
