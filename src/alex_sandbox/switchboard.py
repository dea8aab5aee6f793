"""The one thing that changes while the sandbox runs, apart from records and faults: its behaviour."""

from dataclasses import dataclass, field

from alex_sandbox.settings import Behaviour


@dataclass
class Switchboard:
    """Holds the behaviour in force."""

    behaviour: Behaviour = field(default_factory=Behaviour)

    def current(self) -> Behaviour:
        """What is in force at this call."""
        return self.behaviour
