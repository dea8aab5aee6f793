"""The pages that a browser opens, as built."""

import re

import httpx2
import pytest
from fastapi import FastAPI

from clinicpro_images.web.pages import STATIC, error_page, page_routes
from clinicpro_images.web.security_headers import SecurityHeaders

pytestmark = pytest.mark.anyio


@pytest.mark.widget
@pytest.mark.parametrize(("path", "script"), [("/", "desktop"), ("/phone", "phone")])
async def test_each_page_brings_its_own_script_and_nothing_inline(path: str, script: str) -> None:
    app = FastAPI()
    app.include_router(page_routes())
    app.add_middleware(SecurityHeaders, frame_ancestors="'none'", https=False)
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app), base_url="http://gateway.test"
    ) as browser:
        reply = await browser.get(path)
    assert reply.status_code == 200
    assert f"/assets/{script}-" in reply.text
    assert not re.search(r"<style|style=|<script(?![^>]* src=)|\son\w+=", reply.text)
    policy = reply.headers["content-security-policy"]
    assert "worker-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.widget
def test_the_built_pages_refer_only_to_files_that_were_built() -> None:
    for page in ("index.html", "phone.html"):
        for asset in re.findall(r'(?:src|href)="/(assets/[^"]+)"', (STATIC / page).read_text()):
            assert (STATIC / asset).is_file(), asset


def test_a_link_that_can_work_later_offers_to_try_again_and_writes_its_address_nowhere() -> None:
    page = error_page("Busy", "Try again shortly.", "reference", again=True)
    assert '<a class="again" href="">Try again</a>' in page
    assert "Try again</a>" not in error_page("Launch refused", "Start again from Evolution.", "reference")
