"""In another site's frame, over https, with a partitioned cookie; and out of it into a tab."""

import datetime as dt
import ipaddress
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from playwright.async_api import Browser, Page, Route, expect

from browser import trees
from browser.axe import assert_accessible
from browser.settling import FITS, comes_to
from browser.test_journey import FORGET
from browser.walks import small_picture
from crash.programs import free_port
from image_files import make_jpeg
from running import Sandbox, running_sandbox

pytestmark = pytest.mark.anyio

EVOLUTION = "https://evolution.test"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate and its key."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem, key_file = folder / "cert.pem", folder / "key.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return pem, key_file


_SERVE = """
import asyncio, sys, uvicorn
from clinicpro_images.app.composition import open_gateway
from clinicpro_images.app.http import build_gateway_app
from clinicpro_images.settings.settings import Settings
import os

async def main(port, pem, key):
    settings = Settings.read(os.environ, require=("credentials", "secret_key"))
    async with open_gateway(settings) as gateway:
        config = uvicorn.Config(
            build_gateway_app(gateway), port=int(port), ssl_certfile=pem, ssl_keyfile=key, log_level="error",
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.05)
        print("ready", flush=True)
        await serving

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def https_gateway(
    certificate: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Sandbox]]:
    """A gateway that speaks TLS and lets Evolution's stand-in, on another site, embed it."""
    port = free_port()
    origin = f"https://127.0.0.1:{port}"
    with running_sandbox() as sandbox:
        environ = sandbox.environ | {
            "CLINICPRO_PUBLIC_URL": origin,
            "CLINICPRO_DATA_DIR": str(tmp_path_factory.mktemp("framed")),
            "CLINICPRO_SECRET_KEY": "a frame in a browser, a frame in a browser",
            "CLINICPRO_FRAME_ANCESTORS": EVOLUTION,
        }
        process = subprocess.Popen(
            [sys.executable, "-c", _SERVE, str(port), *map(str, certificate)],
            env=os.environ | environ,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        try:
            assert any(line.strip() == "ready" for line in process.stdout)
            yield origin, sandbox
        finally:
            process.terminate()
            process.wait(20)
            process.stdout.close()


@pytest.fixture
async def chart(browser: Browser, https_gateway: tuple[str, Sandbox]) -> AsyncIterator[Page]:
    """Evolution's page on a site of its own, with the widget launched in a frame; strict about third-party cookies."""
    origin, sandbox = https_gateway
    query = sandbox.launch_url().partition("?")[2]
    context = await browser.new_context(viewport={"width": 1100, "height": 760}, ignore_https_errors=True)

    async def page_of_evolution(route: Route) -> None:
        frame = f'<iframe name="panel" title="ClinicPro Images" src="{origin}/launch?{query}" width="1000" height="720"></iframe>'
        await route.fulfill(
            content_type="text/html",
            body=f'<!doctype html><html lang="en-NZ"><title>Evolution</title><main><h1>Chart</h1>{frame}</main>',
        )

    await context.route(f"{EVOLUTION}/**", page_of_evolution)
    page = await context.new_page()
    await page.goto(f"{EVOLUTION}/")
    await _forget_unfiled(page, origin)
    yield page
    await context.close()


async def _forget_unfiled(page: Page, origin: str) -> None:
    """Remove what an earlier test left unfiled with this patient: it is there again at each launch."""
    await page.frame_locator("iframe[name=panel]").locator(".desktop").wait_for()
    [_, frame] = page.frames
    if await frame.evaluate(FORGET):
        await frame.goto(f"{origin}/")


async def test_the_widget_works_in_another_sites_frame_with_a_partitioned_cookie(
    chart: Page, https_gateway: tuple[str, Sandbox]
) -> None:
    panel = chart.frame_locator("iframe[name=panel]")
    await expect(panel.get_by_role("banner")).to_contain_text("ZZZ0016")
    [cookie] = await chart.context.cookies(https_gateway[0])
    assert (cookie["name"], cookie["sameSite"], cookie["httpOnly"]) == (
        "__Host-clinicpro_session",
        "None",
        True,
    )
    assert cookie["partitionKey"] == "https://evolution.test"
    await panel.get_by_label("Add photos").first.set_input_files(
        {"name": "1.jpg", "mimeType": "image/jpeg", "buffer": make_jpeg(width=64, height=48)}
    )
    await expect(panel.get_by_text("Needs body site")).to_be_visible()


async def test_from_the_frame_the_same_session_opens_in_a_tab_and_no_address_says_anything(
    chart: Page, https_gateway: tuple[str, Sandbox]
) -> None:
    origin = https_gateway[0]
    panel = chart.frame_locator("iframe[name=panel]")
    await panel.get_by_label("Add photos").first.set_input_files(
        {"name": "1.jpg", "mimeType": "image/jpeg", "buffer": make_jpeg(width=80, height=48)}
    )
    await expect(panel.get_by_text("Needs body site")).to_be_visible()
    asked: list[str] = []
    chart.context.on("request", lambda request: asked.append(request.url))
    async with chart.context.expect_page() as opened:
        await panel.get_by_role("button", name="Open in a tab").click()
    tab = await opened.value
    await expect(tab.get_by_role("banner")).to_contain_text("ZZZ0016")
    await expect(tab.get_by_text("Needs body site")).to_be_visible()
    assert tab.url == f"{origin}/"
    assert f"{origin}/tab" in asked
    assert not [url for url in asked if re.search(r"ticket=|ZZZ0016", url)]
    await expect(tab.get_by_role("button", name="Open in a tab")).to_have_count(0)


async def test_nothing_stands_in_anybodys_way_in_another_sites_frame(
    chart: Page, https_gateway: tuple[str, Sandbox]
) -> None:
    panel = chart.frame_locator("iframe[name=panel]")
    await expect(panel.get_by_role("heading", name="Drop photos here")).to_be_visible()
    await expect(panel.locator("body")).to_match_aria_snapshot(trees.PANEL)
    await assert_accessible(chart, "framed, empty")
    await panel.get_by_label("Add photos").first.set_input_files([small_picture(1)])
    await panel.get_by_role("button", name="Forearm", exact=True).click()
    await expect(panel.get_by_text("Saved", exact=True)).to_be_visible()
    await assert_accessible(chart, "framed, described")
    await panel.get_by_role("button", name="File 1 photo to record").click()
    await expect(panel.get_by_role("button", name="File to record", exact=True)).to_be_visible()
    await assert_accessible(chart, "framed, review")
    # A panel as narrow as it gets.
    await chart.locator("iframe[name=panel]").evaluate("(frame) => { frame.width = 320; }")
    await assert_accessible(chart, "framed, review, narrow")
    [_, frame] = chart.frames
    assert await comes_to(frame, FITS)
    await panel.get_by_role("dialog").get_by_role("button", name="Back").click()
    await assert_accessible(chart, "framed, described, narrow")
    assert await comes_to(frame, FITS)

    await chart.context.clear_cookies()
    await frame.goto(f"{https_gateway[0]}/")
    await expect(panel.get_by_role("heading", name="Open a patient in Evolution")).to_be_visible()
    await assert_accessible(chart, "framed, no session")


async def test_a_site_that_is_not_named_may_not_frame_it(
    browser: Browser, https_gateway: tuple[str, Sandbox]
) -> None:
    origin, _ = https_gateway
    context = await browser.new_context(ignore_https_errors=True)
    said: list[str] = []
    context.on("console", lambda message: said.append(message.text))
    await context.route(
        "https://elsewhere.test/**",
        lambda route: route.fulfill(content_type="text/html", body=f'<iframe src="{origin}/"></iframe>'),
    )
    page = await context.new_page()
    await page.goto("https://elsewhere.test/")
    await page.wait_for_load_state("networkidle")
    assert any("frame-ancestors" in words for words in said)
    await context.close()
