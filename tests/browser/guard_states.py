"""The states in which something is in the way: no session, another patient, no network, pages that refuse, Evolution itself."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.async_api import Page, Route, expect

from browser import trees
from browser.test_journey import open_patient, press_icon
from browser.walks import (
    KOPUA,
    NURSE,
    Start,
    State,
    ask_for,
    described,
    held,
    launched,
    leave_unfiled,
    pressed,
    reviewed,
    small_picture,
)


async def _pressed(start: Start, shown: str, patient: str = "") -> Page:
    """What comes when the icon is pressed for a patient, once this text is shown."""
    page = await pressed(start, patient)
    await expect(page.get_by_text(shown).first).to_be_visible()
    return page


async def _led_to(start: Start, path: str, title: str) -> Page:
    """A page of the gateway that is no part of the widget."""
    page = await launched(start)
    await page.goto(f"{page.url.rstrip('/')}{path}")
    await expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
    return page


async def _answered(start: Start, path: str, change: Callable[[Any], object]) -> None:
    """Let the gateway's answers come with a change."""

    async def changed(route: Route) -> None:
        reply = await route.fetch()
        answer = await reply.json()
        change(answer)
        await route.fulfill(response=reply, body=json.dumps(answer))

    await start.context.route(f"**{path}", changed)


async def starting(start: Start) -> Page:
    widget = await launched(start)
    await start.context.route("**/api/session", held)
    await widget.reload(wait_until="commit")
    await expect(widget.get_by_text("Opening…")).to_be_visible()
    return widget


async def unreachable(start: Start) -> Page:
    widget = await launched(start)
    await start.context.route("**/api/session", lambda route: route.abort())
    await widget.reload(wait_until="commit")
    await expect(widget.get_by_text("Waiting for the server")).to_be_visible()
    return widget


async def fetching(start: Start) -> Page:
    await start.context.route("**/api/images", held)
    return await _pressed(start, "Loading photos…")


async def no_session(start: Start) -> Page:
    widget = await launched(start)
    await start.context.clear_cookies()
    await widget.reload()
    await expect(widget.get_by_role("heading", name="Open a patient in Evolution")).to_be_visible()
    return widget


async def session_ended(start: Start) -> Page:
    widget = await described(start, "Forearm")
    await widget.evaluate("async () => { await fetch('/api/session', { method: 'DELETE' }); }")
    await widget.get_by_role("button", name="Hand", exact=True).click()
    await expect(widget.get_by_role("heading", name="This session has ended")).to_be_visible()
    return widget


async def session_changed(start: Start) -> Page:
    widget = await described(start, "Forearm")
    await start.desk.bring_to_front()
    await _pressed(start, "Kōpua", "Kōpua")
    await widget.bring_to_front()
    await expect(widget.get_by_role("heading", name="This window is for")).to_be_visible()
    return widget


async def offline(start: Start) -> Page:
    widget = await described(start, "Forearm")
    await start.context.set_offline(True)
    await expect(widget.get_by_text("No connection to the server")).to_be_visible()
    return widget


async def expiring(start: Start) -> Page:
    soon = (datetime.now(UTC) + timedelta(minutes=3)).isoformat()
    await _answered(start, "/api/session", lambda session: session.update(expiresAt=soon))
    widget = await described(start, "Forearm")
    await expect(widget.get_by_role("button", name="Keep working")).to_be_visible()
    return widget


async def leftovers(start: Start) -> Page:
    leave_unfiled(start, KOPUA)
    leave_unfiled(start, start.patient_id)
    widget = await pressed(start)
    await expect(widget.locator(".thumb-earlier").first).to_be_visible()
    await widget.get_by_role("button", name="Tray").click()
    await expect(widget.get_by_role("dialog", name="Other photos of yours")).to_be_visible()
    await expect(widget.locator("body")).not_to_contain_text("Kōpua")
    return widget


async def leftovers_elsewhere(start: Start) -> Page:
    """This patient's photos that a colleague has open, and another patient's, who is not named."""
    leave_unfiled(start, KOPUA)
    leave_unfiled(start, start.patient_id, count=2, provider=NURSE)
    widget = await launched(start)
    await expect(widget.get_by_text("Nurse Api has 2 photos of")).to_be_visible()
    await expect(widget.locator("body")).not_to_contain_text("Kōpua")
    return widget


async def tray(start: Start) -> Page:
    """Another patient's photo, which waits behind one press."""
    leave_unfiled(start, KOPUA)
    widget = await launched(start)
    await widget.get_by_role("button", name="Tray").click()
    await expect(widget.get_by_role("dialog", name="Other photos of yours")).to_be_visible()
    return widget


async def earlier_photos(start: Start) -> Page:
    widget = await described(start, "Forearm")
    await widget.get_by_role("button", name="Earlier photos").click()
    await expect(widget.get_by_role("dialog", name="Earlier photos")).to_be_visible()
    return widget


async def target_not_permitted(start: Start) -> Page:
    reason = "Medtech has not granted this installation the role for this."
    refused = {"available": False, "reason": reason, "certain": True}
    await _answered(start, "/api/capabilities", lambda able: able["targets"].update(scan=refused))
    widget = await reviewed(start, "Forearm")
    await expect(widget.get_by_text("Filing to Inbox › Scan will probably be refused")).to_be_visible()
    return widget


async def details_refused(start: Start) -> Page:
    widget = await described(start, "Forearm")

    async def refuse(route: Route) -> None:
        if route.request.method != "PATCH":
            await route.fallback()
            return
        problem = {
            "type": "https://photos.practice.example.nz/problems/details-invalid",
            "title": "Details not accepted",
            "status": 422,
            "detail": "The date taken is too long ago to be correct. Check the year.",
            "correlationId": "0f0f",
        }
        await route.fulfill(status=422, content_type="application/problem+json", body=json.dumps(problem))

    await widget.route("**/api/images/*", refuse)
    await widget.get_by_role("button", name="Hand", exact=True).click()
    await expect(widget.get_by_role("button", name="Undo this change")).to_be_visible()
    await widget.keyboard.press("Control+Enter")
    await expect(widget.get_by_role("button", name="Show it")).to_be_visible()
    return widget


async def details_waiting(start: Start) -> Page:
    widget = await described(start, "Forearm")
    await start.context.set_offline(True)
    await widget.get_by_role("button", name="Hand", exact=True).click()
    await expect(widget.get_by_text("Not saved yet, trying again")).to_be_visible()
    return widget


async def launch_refused(start: Start) -> Page:
    return await _led_to(start, "/launch?context=x&signature=y", "Launch not recognised")


async def no_patient(start: Start) -> Page:
    page = await press_icon(start.context, start.desk)
    await expect(page.get_by_role("heading", name="No patient is open in Evolution")).to_be_visible()
    return page


async def launch_to_try_again(start: Start) -> Page:
    ask_for(start, {"kind": "503", "resource": "Patient", "method": "GET"})
    return await _pressed(start, "Try again")


async def tab_refused(start: Start) -> Page:
    widget = await launched(start)
    await widget.evaluate(
        """() => {
          const form = document.body.appendChild(document.createElement("form"));
          Object.assign(form, { method: "post", action: "/tab" });
          form.append(Object.assign(document.createElement("input"), { name: "ticket", value: "x" }));
          form.submit();
        }"""
    )
    await expect(widget.get_by_role("heading", name="This tab could not be opened")).to_be_visible()
    return widget


async def nothing_here(start: Start) -> Page:
    return await _led_to(start, "/elsewhere", "Nothing at this address")


async def sign_in_closed(start: Start) -> Page:
    return await _led_to(start, "/sign-in", "No sign-in here")


async def evolution_empty(start: Start) -> Page:
    return start.desk


async def evolution_patient(start: Start) -> Page:
    await open_patient(start.desk, start.patient)
    return start.desk


async def evolution_viewer(start: Start) -> Page:
    widget = await launched(start)
    await widget.get_by_label("Add photos").first.set_input_files([small_picture(3)])
    await widget.get_by_role("button", name="Forearm", exact=True).click()
    await widget.get_by_role("button", name="File 1 photo to record").click()
    await widget.get_by_role("button", name="File to record", exact=True).click()
    await expect(widget.get_by_role("heading", name="Filed in the record", level=2)).to_be_visible()
    await start.desk.bring_to_front()
    await start.desk.locator(".row").click()
    await start.desk.locator("#pane img").first.click()
    await expect(start.desk.get_by_role("dialog")).to_be_visible()
    return start.desk


GUARDS = [
    State(starting, ("phase starting",)),
    State(unreachable, ("phase unreachable",)),
    State(fetching),
    State(no_session, ("phase none",)),
    State(session_ended, ("phase ended",)),
    State(session_changed, ("phase changed",), trees.CHANGED, in_evolution=True),
    State(offline, reads=trees.OFFLINE),
    State(expiring, reads=trees.EXPIRING),
    State(leftovers, reads=trees.LEFTOVERS),
    State(leftovers_elsewhere, reads=trees.LEFTOVERS_ELSEWHERE),
    State(tray, ("TrayDialog",)),
    State(earlier_photos, ("EarlierDialog",)),
    State(target_not_permitted, reads=trees.NOT_PERMITTED),
    State(details_refused),
    State(details_waiting),
    State(launch_refused, ("page /launch",)),
    State(no_patient, in_evolution=True),
    State(launch_to_try_again),
    State(tab_refused, ("page /tab",)),
    State(nothing_here, ("page error",)),
    State(sign_in_closed),
    State(evolution_empty, ("page /evolution",), in_evolution=True),
    State(evolution_patient, in_evolution=True),
    State(evolution_viewer, ("viewer",), in_evolution=True),
]
