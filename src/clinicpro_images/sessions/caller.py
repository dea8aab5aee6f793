"""The caller of a request: the desktop of a session, or a phone that the desktop handed it to."""

from dataclasses import dataclass

from clinicpro_images.sessions.session import Session


@dataclass(frozen=True)
class Caller:
    """A session, and the hand-off through which a phone acts for it; None for the desktop."""

    session: Session
    handoff_id: str | None = None
    unfiled: bool = False  # whether the session has unfiled images, if that was looked up

    @property
    def session_id(self) -> str:
        """The session's id."""
        return self.session.id

    @property
    def about(self) -> dict[str, str]:
        """The caller's part of an audit entry's `about`."""
        return {} if self.handoff_id is None else {"by": "phone"}
