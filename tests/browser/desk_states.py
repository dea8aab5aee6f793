"""The states of the desk, from the empty page to the receipt, and of its dialogs."""

import re

import httpx2
from playwright.async_api import FilePayload, Page, expect

from browser import trees
from browser.walks import (
    SLOW,
    Start,
    State,
    add,
    ask_for,
    described,
    held,
    launched,
    press_file,
    reviewed,
    small_picture,
)

CAMERA = """
const canvas = Object.assign(document.createElement("canvas"), { width: 1280, height: 720 });
const draw = () => {
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#c9a48c"; pen.fillRect(0, 0, 1280, 720);
  pen.fillStyle = "#5a3a2e"; pen.beginPath(); pen.arc(640, 360, 60, 0, 7); pen.fill();
  requestAnimationFrame(draw);
};
draw();
const stream = canvas.captureStream();
stream.getVideoTracks()[0].getSettings = () => ({ deviceId: "1", width: 1280, height: 720 });
navigator.mediaDevices.getUserMedia = async () => stream;
navigator.mediaDevices.enumerateDevices = async () =>
  [1, 2].map((each) => ({ kind: "videoinput", deviceId: `${each}`, label: `Camera ${each}`, groupId: "" }));
"""


async def empty(start: Start) -> Page:
    return await launched(start)


async def help_sheet(start: Start) -> Page:
    widget = await launched(start)
    await widget.get_by_role("button", name="Keyboard help").click()
    await expect(widget.get_by_role("dialog", name="Keyboard")).to_be_visible()
    return widget


async def one(start: Start) -> Page:
    return await described(start, "Forearm")


async def search(start: Start) -> Page:
    widget = await launched(start)
    await add(widget, 1)
    await widget.get_by_role("combobox", name="Search body sites").fill("arm")
    await expect(widget.get_by_role("listbox")).to_be_visible()
    return widget


async def same_as_before(start: Start) -> Page:
    """A described photo, a second one that takes over from it, one that was removed, and details copied."""
    widget = await described(start, "Forearm", "Hand")
    await widget.get_by_role("button", name=re.compile("Apply to all")).click()
    # One by one: what comes together is put in order once all of it is in, and gets another number then.
    for number in (3, 4):
        await widget.get_by_label("Add photos").first.set_input_files([small_picture(68 + number)])
        await expect(widget.get_by_text(f"Photo {number} of {number}")).to_be_visible()
    await widget.get_by_role("button", name="Remove", exact=True).click()
    await expect(widget.get_by_text("Photo 4 removed.")).to_be_visible()
    await expect(widget.get_by_role("button", name="Same as photo")).to_be_visible()
    return widget


async def twenty_as_a_strip(start: Start) -> Page:
    widget = await launched(start)
    await add(widget, 20)
    await widget.keyboard.press("Escape")
    await widget.keyboard.press("Control+a")
    await expect(widget.get_by_text("20 of 20 selected")).to_be_visible()
    await widget.get_by_role("button", name="Show as a strip").click()
    await expect(widget.get_by_text("photos at a time")).to_be_visible()
    return widget


async def enlarged(start: Start) -> Page:
    widget = await launched(start)
    await widget.get_by_label("Add photos").first.set_input_files([small_picture(5, 1600, 1200)])
    frame = widget.get_by_role("group", name="size Fit")
    await frame.focus()
    await widget.keyboard.press("+")
    await widget.keyboard.press("+")
    await expect(frame).to_have_count(0)
    return widget


async def picture_not_to_be_had(start: Start) -> Page:
    await start.context.route("**/content?size=view", lambda route: route.abort())
    widget = await described(start, "Forearm")
    await expect(widget.get_by_text("It can't be shown right now")).to_be_visible()
    return widget


async def arriving(start: Start) -> Page:
    """A photo on its way in that does not get there yet."""
    widget = await described(start, "Forearm")
    await widget.route("**/api/images", held)
    await widget.get_by_label("Add photos").first.set_input_files([small_picture(6)])
    await expect(widget.get_by_text("1 photo still arriving")).to_be_visible()
    return widget


async def refused_file(start: Start) -> Page:
    return await _with_a_letter(await described(start, "Forearm"))


async def refused_first_file(start: Start) -> Page:
    """Nothing came in: what to do first is still there, under the reason."""
    widget = await _with_a_letter(await launched(start))
    await expect(widget.get_by_role("heading", name="Drop photos here")).to_be_visible()
    return widget


async def _with_a_letter(widget: Page) -> Page:
    letter = FilePayload(name="letter.txt", mimeType="text/plain", buffer=b"Dear colleague, thank you")
    await widget.get_by_label("Add photos").first.set_input_files([letter])
    await expect(widget.get_by_role("alert")).to_contain_text("This file type can't be filed")
    return widget


async def dropping(start: Start) -> Page:
    widget = await described(start, "Forearm")
    await widget.evaluate(
        """() => {
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File(["x"], "x.jpg", { type: "image/jpeg" }));
          document.dispatchEvent(new DragEvent("dragover", { dataTransfer, bubbles: true, cancelable: true }));
        }"""
    )
    await expect(widget.get_by_text("Drop to add to")).to_be_visible()
    return widget


async def review(start: Start) -> Page:
    return await reviewed(start, "Forearm", "Hand")


async def closer_look(start: Start) -> Page:
    widget = await reviewed(start, "Forearm")
    await widget.get_by_role("button", name="Look closer").click()
    await expect(widget.get_by_role("button", name="Close", exact=True)).to_be_focused()
    return widget


async def review_with_message_and_task(start: Start) -> Page:
    widget = await reviewed(start, "Forearm")
    dialog = widget.get_by_role("dialog", name="Review before filing")
    await dialog.get_by_role("checkbox", name="Send a message to a provider's inbox").check()
    await dialog.get_by_label("Message to", exact=True).select_option(index=1)
    await dialog.get_by_label("Message", exact=True).fill("Please have a look")
    await dialog.get_by_role("checkbox", name="Create a task").check()
    await dialog.get_by_label("Task for", exact=True).select_option(index=1)
    await dialog.get_by_label("Due").fill("1/12/2030")
    await expect(dialog.get_by_text("What is filed can't be undone.")).to_be_visible()
    return widget


async def progress(start: Start) -> Page:
    widget = await reviewed(start, "Forearm", "Hand")
    ask_for(start, {"kind": "503", "method": "POST", "resource": "DocumentReference"})
    await press_file(widget)
    await expect(widget.get_by_role("heading", name="Filing 2 photos…")).to_be_visible()
    return widget


async def receipt(start: Start) -> Page:
    widget = await review_with_message_and_task(start)
    await press_file(widget)
    await expect(widget.get_by_role("heading", name="Filed in the record", level=2)).to_be_visible()
    return widget


async def partly_failed(start: Start) -> Page:
    widget = await reviewed(start, "Forearm", "Hand")
    ask_for(start, {"kind": "403", "times": 1, "method": "POST", "resource": "DocumentReference"})
    await press_file(widget)
    await expect(widget.get_by_role("heading", name="1 of 2 photos was not filed")).to_be_visible()
    return widget


async def unverified(start: Start) -> Page:
    widget = await reviewed(start, "Forearm")
    ask_for(
        start,
        {"kind": "500", "times": 1, "method": "POST", "resource": "DocumentReference", "afterWrite": True},
        {"kind": "403", "method": "GET", "resource": "DocumentReference"},
    )
    await press_file(widget)
    await expect(widget.get_by_role("region", name="Please check in Evolution")).to_be_visible(timeout=SLOW)
    return widget


async def message_unverified(start: Start) -> Page:
    widget = await review_with_message_and_task(start)
    ask_for(
        start,
        {"kind": "500", "times": 1, "method": "POST", "resource": "Communication", "afterWrite": True},
        {"kind": "403", "times": 1, "method": "POST", "resource": "Task"},
    )
    await press_file(widget)
    steps = widget.get_by_role("region", name="Message and task")
    await expect(steps).to_contain_text("Check in Evolution whether the message is there", timeout=SLOW)
    await expect(steps.get_by_role("button", name="Send the task again")).to_be_visible(timeout=SLOW)
    return widget


async def filed_and_closed(start: Start) -> Page:
    widget = await reviewed(start, "Forearm")
    await press_file(widget)
    await widget.get_by_role("button", name="Done").click()
    await expect(
        widget.get_by_text("Filed in the record. What is filed can't be changed here.")
    ).to_be_visible()
    return widget


async def commands(start: Start) -> Page:
    widget = await described(start, "Forearm")
    await widget.keyboard.press("Control+k")
    await widget.keyboard.type("l shin derm")
    await expect(widget.get_by_role("option", name="Body site")).not_to_have_count(0)
    return widget


async def phone_code(start: Start) -> Page:
    widget = await launched(start)
    await widget.get_by_role("button", name="Phone", exact=True).click()
    await expect(widget.get_by_role("img", name="QR code")).to_be_visible()
    return widget


async def phone_code_gone(start: Start) -> Page:
    widget = await phone_code(start)
    await widget.evaluate("async () => { await fetch('/api/handoff', { method: 'DELETE' }); }")
    await expect(widget.get_by_text("The code has expired")).to_be_visible()
    return widget


async def phone_connected(start: Start) -> Page:
    widget = await launched(start)
    async with widget.expect_response("**/api/handoff") as answered:
        await widget.get_by_role("button", name="Phone", exact=True).click()
        await expect(widget.get_by_role("img", name="QR code")).to_be_visible()
    code = await (await answered.value).json()
    if "url" not in code:  # the first answer gave the state, the second brings the code
        code = await widget.evaluate("async () => (await fetch('/api/handoff', { method: 'POST' })).json()")
    origin, _, token = code["url"].partition("/phone#")
    claimed = httpx2.post(f"{origin}/api/handoff/claim", json={"token": token}, headers={"Origin": origin})
    assert claimed.status_code < 300, claimed.text
    await expect(widget.get_by_role("heading", name="Phone connected")).to_be_visible()
    return widget


async def webcam(start: Start) -> Page:
    await start.context.add_init_script(CAMERA)
    widget = await launched(start)
    await widget.get_by_role("button", name="Webcam").click()
    await expect(widget.get_by_role("button", name="Take photo")).to_be_enabled()
    return widget


async def webcam_shot(start: Start) -> Page:
    widget = await webcam(start)
    await widget.get_by_role("button", name="Take photo").click()
    await expect(widget.get_by_role("img", name="Just taken")).to_be_visible()
    return widget


async def webcam_missing(start: Start) -> Page:
    widget = await launched(start)
    await widget.get_by_role("button", name="Webcam").click()
    await expect(widget.get_by_role("alert")).to_contain_text("No camera was found")
    return widget


DESK = [
    State(empty, ("phase open",), trees.EMPTY),
    State(help_sheet, ("HelpSheet",), trees.HELP),
    State(commands, ("CommandPalette",), trees.COMMANDS),
    State(one),
    State(search, reads=trees.SEARCH),
    State(same_as_before),
    State(twenty_as_a_strip),
    State(enlarged),
    State(picture_not_to_be_had),
    State(arriving),
    State(refused_file, reads=trees.REFUSED),
    State(refused_first_file, reads=trees.REFUSED_FIRST),
    State(dropping),
    State(review, ("FilingDialog", "step review")),
    State(closer_look, ("CloserLook",)),
    State(review_with_message_and_task, reads=trees.MESSAGE_AND_TASK),
    State(progress, ("step progress",), trees.PROGRESS, still_filing=True),
    State(receipt, reads=trees.RECEIPT),
    State(partly_failed, reads=trees.PARTLY_FAILED),
    State(unverified, reads=trees.UNVERIFIED),
    State(message_unverified, reads=trees.MESSAGE_UNVERIFIED),
    State(filed_and_closed, ("step closed",)),
    State(phone_code, ("HandoffDialog",), trees.PHONE_CODE),
    State(phone_code_gone),
    State(phone_connected, reads=trees.PHONE_CONNECTED),
    State(webcam, ("WebcamDialog",), trees.WEBCAM),
    State(webcam_shot, reads=trees.WEBCAM_SHOT),
    State(webcam_missing),
]
