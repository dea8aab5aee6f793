"""Who calls: the desktop of a session, or a phone that the desktop handed it to."""

from dataclasses import dataclass

from clinicpro_images.sessions.session import Session


@dataclass(frozen=True)
class Caller:
    """A session, and the hand-off by which a phone speaks for it; None is the desktop."""

    session: Session
    handoff_id: str | None = None
    unfiled: bool = False  # whether the session holds pictures that are not filed, where that was looked up

    @property
    def session_id(self) -> str:
        """The session's id."""
        return self.session.id

    @property
    def about(self) -> dict[str, str]:
        """What the audit trail says of this caller besides who it is."""
        return {} if self.handoff_id is None else {"by": "phone"}
