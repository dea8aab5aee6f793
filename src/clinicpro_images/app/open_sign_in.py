"""Opens the identity providers of operators and clinicians."""

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from clinicpro_images.identity.assurance import Assurance
from clinicpro_images.identity.claims import AllowList
from clinicpro_images.identity.code_flow import CodeFlow
from clinicpro_images.identity.provider import IdentityProvider, open_provider
from clinicpro_images.settings.settings import Settings
from clinicpro_images.sign_in.errors import SignInUnavailable


def open_operator_provider(
    settings: Settings, clock: Callable[[], float], monotonic: Callable[[], float]
) -> contextlib.AbstractAsyncContextManager[IdentityProvider]:
    """Open the operators' identity provider; `clock` is seconds since 1970, `monotonic` a steady clock's."""
    claim, value = settings.admin_claim
    return open_provider(
        issuer=settings.admin_issuer or "",
        audience=settings.admin_audience or "",
        allowed=AllowList(settings.admin_subjects, claim, value),
        clock=clock,
        timer=monotonic,
    )


@asynccontextmanager
async def open_sign_in(
    settings: Settings, clock: Callable[[], float], monotonic: Callable[[], float]
) -> AsyncIterator[CodeFlow]:
    """Open the clinicians' sign-in; `clock` is seconds since 1970, `monotonic` a steady clock's."""
    async with open_provider(
        issuer=settings.sign_in_issuer or "",
        audience=settings.sign_in_client_id or "",
        allowed=AllowList(settings.sign_in_subjects, *settings.sign_in_claim, settings.sign_in_emails),
        clock=clock,
        timer=monotonic,
        unavailable=SignInUnavailable,
    ) as provider:
        yield CodeFlow(
            provider,
            client_secret=settings.sign_in_client_secret,
            redirect_uri=f"{settings.public_url}/sign-in/return",
            scope=settings.sign_in_scope,
            assurance=Assurance(settings.sign_in_acr, settings.sign_in_max_age),
            needed_claims=settings.sign_in_claims,
        )
