"""Everything the sandbox can do to a call, mixed so that most calls succeed in the end."""

from typing import Any

# Faults that end a call before ALEX did anything, and how often.
_REFUSALS = {"401": 0.03, "429": 0.04, "500": 0.03, "503": 0.03, "503-platform": 0.02}
# Faults that leave open whether ALEX did it, each before and after it did.
_IN_DOUBT = {"502": 0.02, "504": 0.02, "hang": 0.01, "close": 0.03}
_HANG_SECONDS = 1.5


def fault_mix(seed: int) -> dict[str, Any]:
    """A plan for `/sandbox/faults`. 403 is left out: it is final, so an image would rightly stay unfiled."""
    faults: list[dict[str, Any]] = [
        {"kind": "latency", "probability": 0.5, "seconds": 0.0, "upToSeconds": 0.4},
        {"kind": "latency", "probability": 0.2, "seconds": 0.0, "upToSeconds": 0.4, "afterWrite": True},
        {"kind": "slow-body", "probability": 0.05, "seconds": 0.5},
    ]
    faults += [{"kind": kind, "probability": often} for kind, often in _REFUSALS.items()]
    for kind, often in _IN_DOUBT.items():
        hang = {"seconds": _HANG_SECONDS} if kind == "hang" else {}
        faults.append({"kind": kind, "probability": often, **hang})
        faults.append({"kind": kind, "probability": 2 * often, "method": "POST", "afterWrite": True, **hang})
    token = {"latency": 0.5, "429": 0.03, "503": 0.05, "504": 0.02, "close": 0.05}
    for kind, often in token.items():
        wait = {"seconds": 0.0, "upToSeconds": 0.3} if kind == "latency" else {}
        faults.append({"kind": kind, "probability": often, "resource": "token", **wait})
    return {"seed": seed, "faults": faults}
