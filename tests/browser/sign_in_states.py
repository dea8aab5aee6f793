"""The states of signing in outside Evolution: what is asked, who was found, and everything that is said instead."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from playwright.async_api import BrowserContext, Page, expect

from browser import trees
from browser.doors import Practice, enter, signed_in, signed_in_on_a_phone
from clinicpro_images.errors import ClinicProError
from clinicpro_images.records.errors import PracticeOffline
from clinicpro_images.sign_in.errors import (
    BirthDateDiffers,
    BirthDateUnreadable,
    ConfirmationLate,
    NhiInvalid,
    NhiUnknown,
    NoProviderHere,
    NotSignedIn,
    PracticeNotAllowed,
    ProviderNotChosen,
    SignInCancelled,
    SignInError,
    SignInLate,
    SignInNotAllowed,
    SignInNotKept,
    SignInUnavailable,
    SignInUsed,
    TooManySearches,
)

Walk = Callable[[BrowserContext, Practice], Awaitable[Page]]
SEARCHES_PER_DAY = 5
"""What an account of the practice may look up where the account says who somebody is."""
LONG_NAME = "Maximiliana Bartholomea Te Rangihīroa Featherstonehaugh-Whakamoeariki van der Westhuizen"
ACCOUNT = "Te Aroha-o-te-Rangi Ngāwhare-Whakatūpuranga-Featherstonehaugh van der Westhuizen"


@dataclass(frozen=True)
class DoorState:
    """A state of the pages: how it is reached, the error that it shows, and what a screen reader finds there.

    `linked`: at a practice where the account says which provider somebody is.
    """

    walk: Walk
    shows: type[ClinicProError] | None = None
    reads: str = ""
    linked: bool = False

    @property
    def name(self) -> str:
        return getattr(self.walk, "__name__", "")


async def search(context: BrowserContext, practice: Practice) -> Page:
    page = await signed_in(context, practice, provider="")
    await expect(page.get_by_label("You file as")).to_be_focused()
    return page


async def search_linked(context: BrowserContext, practice: Practice) -> Page:
    practice.provider.person = {"sub": "user_gp1", "name": ACCOUNT, "medtech": "K89767"}
    page = await signed_in(context, practice, provider="")
    await expect(page.get_by_text("You file as Dr Alex Api")).to_be_visible()
    await expect(page.get_by_label("Patient's NHI")).to_be_focused()
    return page


async def no_provider(context: BrowserContext, practice: Practice) -> Page:
    practice.provider.person = {"sub": "user_gp1", "medtech": "K00000"}
    return await _to(context, practice, "/sign-in")


async def found(context: BrowserContext, practice: Practice) -> Page:
    return await _found(await signed_in(context, practice), "ZZZ0016")


async def found_with_long_names(context: BrowserContext, practice: Practice) -> Page:
    practice.provider.person = {"sub": "user_gp1", "name": ACCOUNT}
    page = await _found(
        await signed_in(context, practice, provider="Dr Sunita Venkataraman-Holloway"), "ZJT4100"
    )
    await expect(page.get_by_role("region", name="Patient")).to_contain_text(LONG_NAME)
    return page


async def _found(page: Page, nhi: str) -> Page:
    await enter(page, nhi)
    await expect(page.get_by_role("heading", name="Is this your patient?")).to_be_visible()
    return page


async def nobody_chosen(context: BrowserContext, practice: Practice) -> Page:
    page = await signed_in(context, practice, provider="")
    # A browser that does not keep to "required".
    await page.locator("form").first.evaluate("(form) => { form.noValidate = true; }")
    await enter(page, "ZZZ0016")
    return page


async def wrong_nhi(context: BrowserContext, practice: Practice) -> Page:
    return await _entered(context, practice, "ZZZ0017")


async def unknown_nhi(context: BrowserContext, practice: Practice) -> Page:
    return await _entered(context, practice, "ZAA0067")


async def other_birth_date(context: BrowserContext, practice: Practice) -> Page:
    page = await signed_in(context, practice)
    # As a phone's page asks for it.
    await page.locator("form").first.evaluate(
        "(form) => { const field = document.createElement('input'); field.type = 'hidden'; "
        "field.name = 'birth-date'; field.value = '1965-08-08'; form.append(field); }"
    )
    await enter(page, "ZZZ0016")
    return page


async def month_first(context: BrowserContext, practice: Practice) -> Page:
    page = await signed_in_on_a_phone(context, practice)
    await page.get_by_label("Patient's date of birth").fill("8/13/1965")
    await enter(page, "ZZZ0016")
    await expect(page.get_by_label("Patient's date of birth")).to_be_focused()
    await expect(page.get_by_label("Patient's date of birth")).to_have_value("8/13/1965")
    return page


async def two_records(context: BrowserContext, practice: Practice) -> Page:
    return await _entered(context, practice, "ZLM4106")


async def practice_asleep(context: BrowserContext, practice: Practice) -> Page:
    page = await signed_in(context, practice)
    faults = [{"kind": "503", "times": 9}]
    practice.desk.sandbox.call("PUT", "/sandbox/faults", {"faults": faults})
    await enter(page, "ZZZ0016")
    return page


async def _entered(context: BrowserContext, practice: Practice, nhi: str) -> Page:
    page = await signed_in(context, practice)
    await enter(page, nhi)
    return page


async def confirmation_late(context: BrowserContext, practice: Practice) -> Page:
    page = await found(context, practice)
    await page.locator("[name=found]").evaluate("(field) => { field.value = 'of another time'; }")
    await page.get_by_role("button", name="This is my patient").click()
    return page


async def sign_in_over(context: BrowserContext, practice: Practice) -> Page:
    page = await signed_in(context, practice)
    await context.clear_cookies()
    await enter(page, "ZZZ0016")
    return page


async def signed_out(context: BrowserContext, practice: Practice) -> Page:
    page = await signed_in(context, practice)
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    return page


async def cancelled(context: BrowserContext, practice: Practice) -> Page:
    practice.provider.refuses = "access_denied"
    return await _to(context, practice, "/sign-in")


async def not_allowed(context: BrowserContext, practice: Practice) -> Page:
    practice.provider.person = {"sub": "user_gp2"}
    return await _to(context, practice, "/sign-in")


async def not_of_the_practice(context: BrowserContext, practice: Practice) -> Page:
    return await _to(context, practice, "/sign-in/practice")


async def not_accepted(context: BrowserContext, practice: Practice) -> Page:
    practice.provider.says = {"nonce": "of another request"}
    return await _to(context, practice, "/sign-in")


async def provider_away(context: BrowserContext, practice: Practice) -> Page:
    practice.provider.refuses = "temporarily_unavailable"
    return await _to(context, practice, "/sign-in")


async def late(context: BrowserContext, practice: Practice) -> Page:
    return await _to(context, practice, "/sign-in/return?state=of-another-time&code=1")


async def used(context: BrowserContext, practice: Practice) -> Page:
    answers: list[str] = []
    context.on("request", lambda asked: answers.append(asked.url) if "/sign-in/return" in asked.url else None)
    await signed_in(context, practice)
    [answer] = answers
    return await _to(context, practice, answer.removeprefix(practice.origin))


async def not_kept(context: BrowserContext, practice: Practice) -> Page:
    page = await signed_in(context, practice)
    # As a page of a phone's, which was offered it before the practice took it back.
    await page.evaluate(
        "() => { const form = document.createElement('form'); form.method = 'post'; form.action = '/sign-in/keep'; "
        "document.body.append(form); form.submit(); }"
    )
    await page.wait_for_url("**/sign-in/keep")
    return page


async def searched_often(context: BrowserContext, practice: Practice) -> Page:
    practice.provider.person = {"sub": "user_gp1", "name": ACCOUNT, "medtech": "K89767"}
    page = await signed_in(context, practice, provider="")
    for _ in range(SEARCHES_PER_DAY):
        await context.request.post(
            f"{practice.origin}/sign-in/today", headers={"Origin": practice.origin}, form={"provider": "none"}
        )
    await enter(page, "ZZZ0016")
    return page


async def _to(context: BrowserContext, practice: Practice, path: str) -> Page:
    page = await context.new_page()
    await page.goto(f"{practice.origin}{path}")
    return page


DOOR = [
    DoorState(search, reads=trees.SEARCH_PATIENT),
    DoorState(search_linked, reads=trees.SEARCH_PATIENT_LINKED, linked=True),
    DoorState(no_provider, NoProviderHere, linked=True),
    DoorState(found, reads=trees.FOUND),
    DoorState(found_with_long_names, reads=trees.FOUND),
    DoorState(nobody_chosen, ProviderNotChosen, trees.NOT_FOUND),
    DoorState(wrong_nhi, NhiInvalid, trees.NOT_FOUND),
    DoorState(unknown_nhi, NhiUnknown, trees.NOT_FOUND),
    DoorState(other_birth_date, BirthDateDiffers),
    DoorState(month_first, BirthDateUnreadable),
    DoorState(two_records, reads=trees.TWO_RECORDS),
    DoorState(practice_asleep, PracticeOffline, trees.NOT_FOUND),
    DoorState(confirmation_late, ConfirmationLate, trees.ENTER_AGAIN),
    DoorState(sign_in_over, NotSignedIn, trees.SIGN_IN_AGAIN),
    DoorState(signed_out, reads=trees.SIGNED_OUT),
    DoorState(cancelled, SignInCancelled, trees.SIGN_IN_AGAIN),
    DoorState(not_allowed, SignInNotAllowed, trees.OTHER_ACCOUNT),
    DoorState(not_of_the_practice, PracticeNotAllowed, trees.OTHER_ACCOUNT),
    DoorState(not_accepted, SignInError, trees.SIGN_IN_AGAIN),
    DoorState(provider_away, SignInUnavailable),
    DoorState(late, SignInLate, trees.SIGN_IN_AGAIN),
    DoorState(used, SignInUsed, trees.SIGN_IN_AGAIN),
    DoorState(not_kept, SignInNotKept),
    DoorState(searched_often, TooManySearches, linked=True),  # the last there: the account has to wait
]
