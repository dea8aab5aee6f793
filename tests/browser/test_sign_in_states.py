"""Every state of signing in, in axe-core's eyes and a screen reader's: light and dark, and on the narrowest screen."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import BrowserContext, expect

from browser.axe import assert_accessible
from browser.doors import Practice, running_practice
from browser.settling import FITS, comes_to
from browser.sign_in_states import DOOR, SEARCHES_PER_DAY, DoorState
from clinicpro_images.errors import ClinicProError
from clinicpro_images.sign_in.errors import PatientSearchError, SignInClosed, SignInError

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def practices(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[bool, Practice]]:
    """One where clinicians choose who they are, and one where their account says it."""
    folder = tmp_path_factory.mktemp("practices")
    generous = {"CLINICPRO_SIGN_INS_PER_MINUTE": "1000"}
    linked = generous | {
        "CLINICPRO_SIGN_IN_PROVIDER_CLAIM": "medtech",
        "CLINICPRO_SEARCHES_PER_DAY": str(SEARCHES_PER_DAY),
    }
    async with (
        running_practice(folder / "choosing", **generous) as choosing,
        running_practice(folder / "linked", **linked) as known,
    ):
        yield {False: choosing, True: known}


@pytest.fixture
def state(request: pytest.FixtureRequest) -> DoorState:
    found: DoorState = request.param
    return found


@pytest.fixture
def practice(practices: dict[bool, Practice], state: DoorState) -> Practice:
    """The practice of this state, where nothing is wrong yet."""
    practice = practices[state.linked]
    practice.provider.person = {"sub": "user_gp1", "name": "Alex Api"}
    practice.provider.refuses, practice.provider.says = None, {}
    practice.desk.sandbox.call("DELETE", "/sandbox/faults")
    return practice


@pytest.mark.parametrize("state", DOOR, ids=[state.name for state in DOOR], indirect=True)
async def test_nothing_stands_in_anybodys_way_at_the_door(
    watched: BrowserContext, practice: Practice, state: DoorState
) -> None:
    page = await state.walk(watched, practice)
    if state.shows is not None:
        await expect(page.get_by_text(state.shows.title, exact=False).first).to_be_visible()
    if state.reads:
        await expect(page.locator("body")).to_match_aria_snapshot(state.reads)
    await assert_accessible(page, state.name)
    await page.set_viewport_size({"width": 320, "height": 256})
    assert await comes_to(page, FITS)


def _all_of(error: type[ClinicProError]) -> set[type[ClinicProError]]:
    return {error}.union(*(_all_of(each) for each in error.__subclasses__()))


def test_every_error_of_signing_in_is_visited() -> None:
    # A search that is refused always says why; where there is no sign-in at all is in guard_states.py.
    unreached = {PatientSearchError, SignInClosed}
    shown = {state.shows for state in DOOR if state.shows is not None}
    assert (_all_of(SignInError) | _all_of(PatientSearchError)) - unreached <= shown
