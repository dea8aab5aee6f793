"""The practitioners and the name of a practice: fetched once in a while, and cached through an outage."""

import asyncio

import pytest

from clinicpro_images.records.directory import KEEP_SECONDS, USABLE_SECONDS, Directory
from clinicpro_images.records.errors import PracticeOffline
from clinicpro_images.records.protocol import LocationRecord, PractitionerRecord

pytestmark = pytest.mark.anyio


class Practice:
    """A PracticeReader that counts its calls."""

    def __init__(self) -> None:
        self.calls = 0
        self.offline = False
        self.people = [PractitionerRecord("a", "Dr Alex Api")]
        self.places: list[LocationRecord] | None = None

    async def practitioners(self, *, facility_id: str, correlation_id: str) -> list[PractitionerRecord]:
        self.calls += 1
        assert facility_id
        assert correlation_id
        await asyncio.sleep(0)
        if self.offline:
            raise PracticeOffline
        return list(self.people)

    async def locations(self, *, facility_id: str, correlation_id: str) -> list[LocationRecord]:
        assert correlation_id
        if self.places is not None:
            return self.places
        return [
            LocationRecord("l", "Elsewhere", "F99669-C"),
            LocationRecord("m", "Healthier Care", facility_id),
        ]


class Fixture:
    def __init__(self) -> None:
        self.now = 0.0
        self.practice = Practice()
        self.directory = Directory(self.practice, lambda: self.now)

    async def names(self, facility: str = "F2N060-E") -> list[str]:
        people = await self.directory.practitioners(facility, correlation_id="c")
        return [person.name for person in people]


async def test_concurrent_callers_share_one_fetch() -> None:
    here = Fixture()
    assert await asyncio.gather(*(here.names() for _ in range(5))) == [["Dr Alex Api"]] * 5
    assert here.practice.calls == 1
    await here.names("F99669-C")
    assert here.practice.calls == 2


async def test_after_a_while_the_old_list_is_served_while_it_is_fetched_again() -> None:
    here = Fixture()
    await here.names()
    here.practice.people.append(PractitionerRecord("b", "Dr New Here"))
    here.now = KEEP_SECONDS
    assert await here.names() == ["Dr Alex Api"]
    here.now = KEEP_SECONDS + 1
    assert await here.names() == ["Dr Alex Api"]
    assert await here.names() == ["Dr Alex Api"]
    async with asyncio.timeout(5):
        await here.directory.practice_name("F2N060-E", correlation_id="c")
    assert await here.names() == ["Dr Alex Api", "Dr New Here"]
    assert here.practice.calls == 2


async def test_while_the_practice_is_offline_the_cached_list_is_used() -> None:
    here = Fixture()
    await here.names()
    here.practice.offline = True
    here.now = USABLE_SECONDS
    assert await here.names() == ["Dr Alex Api"]
    here.now = USABLE_SECONDS + 1
    with pytest.raises(PracticeOffline):
        await here.names()


async def test_an_offline_practice_without_a_cached_list_is_an_error() -> None:
    here = Fixture()
    here.practice.offline = True
    with pytest.raises(PracticeOffline):
        await here.names()


async def test_who_has_left_is_no_recipient_but_keeps_the_name() -> None:
    here = Fixture()
    here.practice.people.append(PractitionerRecord("b", "Dr Gone", active=False))
    people = await here.directory.recipients("F2N060-E", correlation_id="c")
    assert [person.id for person in people] == ["a"]
    assert await here.names() == ["Dr Alex Api", "Dr Gone"]


async def test_recipients_of_one_name_are_told_apart_by_their_numbers() -> None:
    here = Fixture()
    here.practice.people += [
        PractitionerRecord("b", "Dr ALEX Api", registered=("urn:hpi", "18ABCD")),
        PractitionerRecord("c", "Dr Other"),
        PractitionerRecord("c", "Dr Another"),
    ]
    people = await here.directory.recipients("F2N060-E", correlation_id="c")
    assert [person.name for person in people] == ["Dr Alex Api (a)", "Dr ALEX Api (18ABCD)"]


async def test_another_practices_name_is_never_this_ones() -> None:
    here = Fixture()
    here.practice.places = [LocationRecord("l", "Elsewhere", "F99669-C")]
    assert await here.directory.practice_name("F2N060-E", correlation_id="c") == "F2N060-E"


async def test_rooms_in_use_name_the_practice_before_those_that_are_closed() -> None:
    here = Fixture()
    here.practice.places = [
        LocationRecord("l", "Closed Rooms", None, active=False),
        LocationRecord("m", "Healthier Care", None),
    ]
    assert await here.directory.practice_name("F2N060-E", correlation_id="c") == "Healthier Care"


async def test_the_practices_own_name_is_preferred_to_its_branches_names() -> None:
    here = Fixture()
    assert await here.directory.practice_name("F2N060-E", correlation_id="c") == "Healthier Care"
