"""From Evolution's launch to a session, and every launch that must be refused."""

import httpx2
import pytest

from databases import on_both
from running import TESTING, BrowserSession, Sandbox

pytestmark = pytest.mark.anyio


async def test_a_launch_starts_a_session_for_the_open_patient_and_names_nobody_in_a_url(
    browser: BrowserSession,
) -> None:
    reply = await browser.launch()

    assert reply.status_code == 303
    assert reply.headers["location"] == "/"
    cookie = reply.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    session = (await browser.client.get("/api/session")).json()
    assert session["patient"] == {
        "id": TESTING,
        "name": "UNRELATED STRING SECOND STRING TESTING",
        "nhi": "ZZZ0016",
        "birthDate": "1965-08-07",
        "sex": "male",
    }
    assert session["facility"] == {"id": "F2N060-E", "name": "Healthier Care"}
    assert session["provider"]["name"] == "Dr Alex Api"
    assert session["word"]
    assert session["leftovers"] == []


@on_both
async def test_a_launch_works_once(browser: BrowserSession) -> None:
    url = browser.sandbox.launch_url()
    first = await browser.client.get(f"/launch?{url.partition('?')[2]}")
    second = await browser.other_browser().get(f"/launch?{url.partition('?')[2]}")

    assert first.status_code == 303
    assert second.status_code == 410
    assert "from Evolution again" in second.json()["detail"]
    assert "set-cookie" not in second.headers


async def test_base64_whose_plus_came_unencoded_is_understood(browser: BrowserSession) -> None:
    for _ in range(40):
        query = browser.sandbox.launch_url().partition("?")[2]
        if "%2B" in query:
            break
    reply = await browser.client.get(f"/launch?{query.replace('%2B', '+')}")
    assert reply.status_code == 303


@pytest.mark.parametrize(
    ("asked", "status", "title"),
    [
        ({"patient": None}, 409, "No patient is open in Evolution"),
        ({"provider": None}, 409, "No provider is signed in"),
        ({"ageSeconds": 301}, 410, "Launch link has expired"),
        ({"ageSeconds": -600}, 410, "Launch link has expired"),
    ],
)
async def test_a_launch_that_could_open_the_wrong_patient_is_refused(
    browser: BrowserSession, asked: dict[str, object], status: int, title: str
) -> None:
    reply = await browser.launch(**({"patient": TESTING} | asked))  # type: ignore[arg-type]

    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["title"] == title
    assert "set-cookie" not in reply.headers
    assert (await browser.client.get("/api/session")).status_code == 401


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("context=abc", 400),
        ("signature=abc", 400),
        ("context=&signature=", 400),
        ("context=bm90aGluZw%3D%3D&signature=bm90aGluZw%3D%3D", 403),
        (f"context={'A' * 9000}&signature=abc", 400),
    ],
)
async def test_an_incomplete_or_forged_launch_is_refused_with_an_explanation(
    browser: BrowserSession, query: str, status: int
) -> None:
    reply = await browser.client.get(f"/launch?{query}")
    assert reply.status_code == status
    assert reply.json()["detail"].endswith(".")


async def test_a_launch_opens_once_in_whatever_form_of_base64_it_is_written(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    query = httpx2.URL(sandbox.launch_url(TESTING)).params
    assert (await browser.client.get("/launch", params=query)).status_code == 303
    context, signature = query["context"], query["signature"]
    for again in (f"{context}=", context.rstrip("="), context.replace("+", "-").replace("/", "_")):
        reply = await browser.client.get(
            "/launch", params={"context": again, "signature": signature.rstrip("=")}
        )
        assert reply.status_code == 410


async def test_a_signature_of_another_launch_is_refused(browser: BrowserSession) -> None:
    first, second = browser.sandbox.launch_url(), browser.sandbox.launch_url()
    mixed = first.partition("?")[2].split("&")[0] + "&" + second.split("&")[1]
    reply = await browser.client.get(f"/launch?{mixed}")
    assert reply.status_code == 403


async def test_a_person_sees_a_page_and_a_program_sees_problem_json(browser: BrowserSession) -> None:
    page = await browser.client.get("/launch", headers={"Accept": "text/html,application/xhtml+xml"})
    assert page.headers["content-type"].startswith("text/html")
    assert "press the ClinicPro Images icon" in page.text
    assert page.headers["x-correlation-id"] in page.text


async def test_alex_down_at_launch_leaves_the_launch_usable(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    query = sandbox.launch_url().partition("?")[2]
    sandbox.call("PUT", "/sandbox/faults", {"faults": [{"kind": "503", "times": 1, "resource": "Patient"}]})
    down = await browser.client.get(f"/launch?{query}")
    again = await browser.client.get(f"/launch?{query}")

    assert down.status_code == 503
    assert down.json()["alex"]["status"] == 503
    assert again.status_code == 303


async def test_ending_a_session_deletes_its_cookie(browser: BrowserSession) -> None:
    await browser.launch()
    token = browser.client.cookies["clinicpro_session"]
    assert (await browser.client.delete("/api/session")).status_code == 204
    stolen = await browser.other_browser().get(
        "/api/session", headers={"Cookie": f"clinicpro_session={token}"}
    )
    assert stolen.status_code == 401


async def test_a_window_of_another_patient_can_neither_add_nor_file(
    browser: BrowserSession, photo: bytes
) -> None:
    await browser.launch()
    first = (await browser.client.get("/api/session")).json()
    await browser.launch("6f85b5c92705044bd76ed8cf55887bdb")
    stale = {"X-ClinicPro-Session": first["id"]}

    added = await browser.client.post("/api/images", content=photo, headers=stale)
    assert added.status_code == 409
    assert added.json()["title"] == "This window is for another patient"
    assert (await browser.client.get("/api/images")).json() == {"images": []}


@on_both
async def test_unfiled_images_stay_with_their_patient_and_are_listed_for_the_same_provider(
    browser: BrowserSession, photo: bytes
) -> None:
    await browser.launch()
    await browser.add(photo)
    await browser.launch("6f85b5c92705044bd76ed8cf55887bdb")
    other = (await browser.client.get("/api/session")).json()
    assert (await browser.client.get("/api/images")).json() == {"images": []}
    assert [(left["samePatient"], left["count"]) for left in other["leftovers"]] == [(False, 1)]

    await browser.launch()
    same = (await browser.client.get("/api/session")).json()
    assert same["leftovers"] == []
    assert len((await browser.client.get("/api/images")).json()["images"]) == 1


async def test_every_call_to_alex_carries_the_facility_and_the_requests_correlation_id(
    browser: BrowserSession,
) -> None:
    reply = await browser.launch()
    calls = [call for call in browser.sandbox.calls() if call["resource"] != "token"]
    assert {call["correlationId"] for call in calls} == {reply.headers["x-correlation-id"]}
    assert {call["facility"] for call in calls} == {"F2N060-E"}
