"""The page of the day's appointments says that there are none only where that is known."""

import pytest

from clinicpro_images.sign_in.pages import today_page
from clinicpro_images.sign_in.patient_search import SearchContext
from clinicpro_images.sign_in.state_tokens import SignedIn


@pytest.mark.parametrize(
    ("are_all", "says"), [(True, "No appointments today"), (False, "There may be others")]
)
def test_none_is_said_only_of_a_whole_list(says: str, *, are_all: bool) -> None:
    context = SearchContext("Healthier Care", (), None, "")
    signed_in = SignedIn(id="i", account="a", name="", linked=(), provider_id="", until=0.0)
    page = today_page(context, [], are_all=are_all, provider="Dr Alex Api", signed_in=signed_in)
    assert says in page
    assert ("No appointments today" in page) == are_all
