"""A practice whose clinicians sign in outside Evolution, and what they do there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import BrowserContext, Page, expect

from oidc import FakeProvider, running_provider
from running import BrowserSession, running, running_sandbox

PHONE = (
    "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36"
)


@dataclass(frozen=True)
class Practice:
    """A gateway where clinicians can sign in, and the provider that knows their accounts."""

    desk: BrowserSession
    provider: FakeProvider

    @property
    def origin(self) -> str:
        return self.desk.origin


@asynccontextmanager
async def running_practice(folder: Path, **more: str) -> AsyncIterator[Practice]:
    """Start one, with a sandbox behind it; `more` are settings."""
    async with running_provider() as provider:
        environ = {
            "CLINICPRO_SIGN_IN_ISSUER": provider.issuer,
            "CLINICPRO_SIGN_IN_CLIENT_ID": "clinicpro-images",
            "CLINICPRO_SIGN_IN_SUBJECTS": "user_gp1",
            "MEDTECH_FACILITY_ID": "F2N060-E",
        } | more
        with running_sandbox() as sandbox:
            async with running(sandbox, folder, environ) as desk:
                yield Practice(desk, provider)


async def signed_in(context: BrowserContext, practice: Practice, provider: str = "Dr Alex Api") -> Page:
    """The page that asks for the NHI, with the provider chosen."""
    page = await context.new_page()
    await page.goto(f"{practice.origin}/sign-in")
    await expect(page.get_by_role("heading", name="Whose photos are these?")).to_be_visible()
    if provider:
        await page.get_by_label("You file as").select_option(label=provider)
    return page


async def signed_in_on_a_phone(context: BrowserContext, practice: Practice) -> Page:
    """The page that asks a phone for the NHI and the birth date, with the provider chosen."""
    page = await signed_in(context, practice, provider="")
    devtools = await context.new_cdp_session(page)
    metadata = {
        "platform": "Android",
        "platformVersion": "15",
        "architecture": "",
        "model": "",
        "mobile": True,
    }
    await devtools.send("Emulation.setUserAgentOverride", {"userAgent": PHONE, "userAgentMetadata": metadata})
    await page.reload()
    await page.get_by_label("You file as").select_option(label="Dr Alex Api")
    return page


async def enter(page: Page, nhi: str) -> None:
    """Look for a patient."""
    await page.get_by_label("Patient's NHI").fill(nhi)
    await page.get_by_role("button", name="Find patient").click()
