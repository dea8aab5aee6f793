"""Audit entries for a change of details: the names of the changed fields, dates, and consent as codes."""

from collections.abc import Iterator
from dataclasses import fields

from clinicpro_images.audit.entry import Entry
from clinicpro_images.images.image import Details, Image
from clinicpro_images.schemas import iso
from clinicpro_images.sessions.caller import Caller


def entries_of(caller: Caller, before: Image, after: Image) -> Iterator[Entry]:
    """Yield the audit entries for a change; none if nothing changed."""
    actor, by = caller.session.actor, caller.about
    was, now = before.details, after.details
    changed = [each.name for each in fields(Details) if getattr(was, each.name) != getattr(now, each.name)]
    if changed:
        yield Entry("image.described", actor, subject=after.id, about=by | {"fields": " ".join(changed)})
    if "taken_at" in changed:
        about = by | {"from": iso(was.taken_at), "to": iso(now.taken_at)}
        yield Entry("image.backdated", actor, subject=after.id, about=about)
    if "consent" in changed:
        consent = now.consent
        codes = {"from": consent.by, "scope": consent.scope} if consent else {"from": "", "scope": ""}
        about = by | codes
        yield Entry("image.consent", actor, subject=after.id, about=about)
