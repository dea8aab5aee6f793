"""Signing in: begun here, done at the provider, finished here; and who is signed in afterwards."""

import hmac
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog

from clinicpro_images.audit.entry import Actor, Entry
from clinicpro_images.identity.claims import TokenInvalid, claim_values
from clinicpro_images.identity.code_flow import CodeFlow, FlowSecrets
from clinicpro_images.sign_in.errors import (
    NoProviderHere,
    SignInCancelled,
    SignInError,
    SignInLate,
    SignInNotAllowed,
    SignInUnavailable,
    SignInUsed,
)
from clinicpro_images.sign_in.state_tokens import (
    ATTEMPT_SECONDS,
    SIGNED_IN_SECONDS,
    Attempt,
    SignedIn,
    StateTokens,
)

RecordAudit = Callable[[Entry], Awaitable[None]]

_STATE = "sign-in-state"
_ENDED = "sign-in-ended"
_LONGEST_NAME = 80
_LONGEST_PARAMETER = 4096
# RFC 6749, 4.1.2.1: what is wrong at the provider; and what is wrong with how we ask.
_AWAY = frozenset({"server_error", "temporarily_unavailable"})
_ASKED_WRONGLY = frozenset(
    {"invalid_request", "unauthorized_client", "unsupported_response_type", "invalid_scope"}
)

log = structlog.get_logger()


class SignInFlow:
    """From nobody to somebody who may look for a patient of one practice."""

    def __init__(
        self,
        *,
        flow: CodeFlow,
        notes: StateTokens,
        facility_id: str,
        provider_claim: str | None,
        record_audit: RecordAudit,
    ) -> None:
        """`provider_claim` holds the id or a number of the Practitioner; without it the clinician chooses."""
        self._flow = flow
        self._notes = notes
        self._facility_id = facility_id
        self._provider_claim = provider_claim
        self._record_audit = record_audit

    async def begin(self) -> tuple[str, str]:
        """Return where to sign in, and the attempt for the browser to keep; raises SignInUnavailable."""
        asked = FlowSecrets(*(secrets.token_urlsafe(32) for _ in range(3)))
        attempt = Attempt(asked.state, asked.nonce, asked.verifier, self._notes.clock() + ATTEMPT_SECONDS)
        return await self._flow.authorization_url(asked), self._notes.encrypt(attempt)

    async def finish(self, answer: Mapping[str, str], kept: str | None) -> str:
        """Return the note of who is signed in, from the provider's answer; raises SignInError.

        `kept` is the attempt that this browser kept. An answer works once.
        """
        state = answer.get("state", "")
        if await self._notes.used(_STATE, state):
            raise SignInUsed
        attempt = self._notes.open(Attempt, kept)
        if attempt is None or not hmac.compare_digest(attempt.state.encode(), state.encode()):
            raise SignInLate
        if not await self._notes.consume(_STATE, state):
            raise SignInUsed
        self._check_answer(answer)
        try:
            claims = await self._flow.redeem(
                answer["code"], FlowSecrets(attempt.state, attempt.nonce, attempt.verifier)
            )
        except TokenInvalid as error:
            log.info("sign_in.refused", message="A sign-in could not be confirmed.", why=str(error))
            raise SignInError from error
        return await self._let_in(claims)

    def _check_answer(self, answer: Mapping[str, str]) -> None:
        fault = answer.get("error")
        if fault in _AWAY:
            raise SignInUnavailable
        if fault in _ASKED_WRONGLY:
            log.warning("sign_in.refused", message="The sign-in service refuses how we ask.", why=fault)
            raise SignInError
        if fault is not None:
            raise SignInCancelled
        # RFC 9207: a provider that says who it is must be ours.
        if answer.get("iss", self._flow.provider.issuer) != self._flow.provider.issuer:
            raise SignInError
        if not 0 < len(answer.get("code", "")) <= _LONGEST_PARAMETER:
            raise SignInError

    async def _let_in(self, claims: Mapping[str, Any]) -> str:
        account = str(claims["sub"])
        refused: type[SignInError] | None = None
        linked: tuple[str, ...] = ()
        if not self._flow.provider.allowed.permits(claims):
            refused = SignInNotAllowed
        elif self._provider_claim is not None:
            linked = tuple(claim_values(claims, self._provider_claim))
            refused = None if linked else NoProviderHere
        if refused is not None:
            log.info("sign_in.refused", message="Somebody signed in who may not.", why=refused.slug)
            raise refused
        name = next(
            (str(claims[each]) for each in ("name", "preferred_username", "email") if claims.get(each)), ""
        )
        signed_in = SignedIn(
            id=secrets.token_urlsafe(16),
            account=account,
            name=name[:_LONGEST_NAME],
            linked=linked,
            provider_id="",
            until=self._notes.clock() + SIGNED_IN_SECONDS,
        )
        await self._record_audit(Entry("sign-in.accepted", self.actor, about={"account": account}))
        return self._notes.encrypt(signed_in)

    @property
    def actor(self) -> Actor:
        """Whom the audit trail names before a provider is known: the practice alone."""
        return Actor(facility_id=self._facility_id)

    async def who(self, kept: str | None) -> SignedIn | None:
        """Return who is signed in, by the note that their browser kept, or None."""
        signed_in = self._notes.open(SignedIn, kept)
        if signed_in is None or await self._notes.used(_ENDED, signed_in.id):
            return None
        return signed_in

    async def end(self, signed_in: SignedIn) -> None:
        """Sign out: the note is void from now on, wherever it lies."""
        if await self._notes.consume(_ENDED, signed_in.id):
            await self._record_audit(Entry("sign-in.ended", self.actor, about={"account": signed_in.account}))
