"""The sign-in flow: begins here, continues at the identity provider, and finishes here (OpenID Connect)."""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import structlog

from clinicpro_images.audit.entry import Actor, Entry, RecordAudit
from clinicpro_images.identity.claims import AllowList, TokenInvalid, claim_values, text_claim
from clinicpro_images.identity.code_flow import CodeFlow, FlowSecrets
from clinicpro_images.practice_time import AUCKLAND, today
from clinicpro_images.sign_in.errors import (
    NoProviderHere,
    PracticeNotAllowed,
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
    Destination,
    SignedIn,
    StateTokens,
)

_STATE = "sign-in-state"
_ENDED = "sign-in-ended"
_ENDED_EVERYWHERE = "sign-in-ended-everywhere"
_LONGEST_NAME = 80
_LONGEST_PARAMETER = 4096
# In bytes: a browser drops a cookie of more than 4,096, and would be sent to sign in again and again.
_LONGEST_LINKED = 600
# RFC 6749, 4.1.2.1: errors of the provider, and errors in our request.
_UNAVAILABLE = frozenset({"server_error", "temporarily_unavailable"})
_OUR_FAULT = frozenset(
    {"invalid_request", "unauthorized_client", "unsupported_response_type", "invalid_scope"}
)

log = structlog.get_logger()


class SignInFlow:
    """Signs users in, out, and finds who is signed in."""

    def __init__(
        self,
        *,
        flow: CodeFlow,
        state_tokens: StateTokens,
        facility_id: str,
        provider_claim: str | None,
        record_audit: RecordAudit,
        practice: AllowList,
    ) -> None:
        """`provider_claim` has the Practitioner's id or an identifier; without it the clinician chooses.

        `practice` is who may see the practice's page.
        """
        self._practice = practice
        self._flow = flow
        self._state_tokens = state_tokens
        self._facility_id = facility_id
        self._provider_claim = provider_claim
        self._record_audit = record_audit

    async def begin(self, to: Destination = "patient", *, afresh: bool = False) -> tuple[str, str]:
        """Return the provider's URL and the browser's attempt token; raises SignInUnavailable.

        `to` is where the person goes afterwards. `afresh`: the provider must ask who it is.
        """
        flow_secrets = FlowSecrets(*(secrets.token_urlsafe(32) for _ in range(3)))
        attempt = Attempt(
            state=flow_secrets.state,
            nonce=flow_secrets.nonce,
            verifier=flow_secrets.verifier,
            until=self._state_tokens.clock() + ATTEMPT_SECONDS,
            to=to,
        )
        return await self._flow.authorization_url(flow_secrets, afresh=afresh), self._state_tokens.encrypt(
            attempt
        )

    async def finish(self, response: Mapping[str, str], attempt_token: str | None) -> tuple[str, Destination]:
        """Return the state token of the new sign-in, and where it leads; raises SignInError.

        `response` is the provider's, as query parameters; it works once. `attempt_token` is the browser's.
        """
        state = response.get("state", "")
        if await self._state_tokens.is_used(_STATE, state):
            raise SignInUsed
        attempt = self._state_tokens.decrypt(Attempt, attempt_token)
        if attempt is None or not hmac.compare_digest(attempt.state.encode(), state.encode()):
            raise SignInLate
        if not await self._state_tokens.consume(_STATE, state):
            raise SignInUsed
        self._check_response(response)
        try:
            await self._flow.check_issuer(response)
            claims = await self._flow.redeem(
                response["code"], FlowSecrets(attempt.state, attempt.nonce, attempt.verifier)
            )
        except TokenInvalid as error:
            log.info("sign_in.refused", message="A sign-in could not be confirmed.", why=str(error))
            raise SignInError from error
        return await self._accept(claims, attempt.to), attempt.to

    def _check_response(self, response: Mapping[str, str]) -> None:
        fault = response.get("error")
        if fault in _UNAVAILABLE:
            raise SignInUnavailable
        if fault in _OUR_FAULT:
            log.warning("sign_in.refused", message="The sign-in service rejected our request.", why=fault)
            raise SignInError
        if fault is not None:
            raise SignInCancelled
        if not 0 < len(response.get("code", "")) <= _LONGEST_PARAMETER:
            raise SignInError

    async def _accept(self, claims: Mapping[str, Any], to: Destination) -> str:
        account = str(claims["sub"])
        refused: type[SignInError] | None = None
        linked: tuple[str, ...] = ()
        clinician, practice = self._flow.provider.allowed.permits(claims), self._practice.permits(claims)
        if to == "practice":
            refused = None if practice else PracticeNotAllowed
        elif not clinician:
            refused = SignInNotAllowed
        if clinician and self._provider_claim is not None:
            linked = self._linked(claims, self._provider_claim)
            if not linked and to == "patient":
                refused = NoProviderHere
            clinician = bool(linked)
        if refused is not None:
            log.info("sign_in.refused", message="An account without access signed in.", why=refused.slug)
            raise refused
        name = text_claim(claims, ("name", "preferred_username", "email"))
        signed_in = SignedIn(
            id=secrets.token_urlsafe(16),
            account=account,
            name=name[:_LONGEST_NAME],
            linked=linked,
            provider_id="",
            until=self._state_tokens.clock() + SIGNED_IN_SECONDS,
            since=self._state_tokens.clock(),
            clinician=clinician,
            practice=practice,
        )
        await self._record_audit(Entry("sign-in.accepted", self.actor, about={"account": account}))
        return self._state_tokens.encrypt(signed_in)

    def _linked(self, claims: Mapping[str, Any], name: str) -> tuple[str, ...]:
        values = tuple(claim_values(claims, name))
        if len("".join(values).encode()) <= _LONGEST_LINKED:
            return values
        log.warning(
            "sign_in.claim_too_long",
            message="The provider claim has too many values to be kept: give it the Practitioner's ID alone.",
        )
        return ()

    @property
    def actor(self) -> Actor:
        """The actor for audit entries before the provider is known: the practice alone."""
        return Actor(facility_id=self._facility_id)

    async def signed_in(self, token: str | None) -> SignedIn | None:
        """Return who is signed in, from the browser's state token; None if nobody is."""
        signed_in = self._state_tokens.decrypt(SignedIn, token)
        if signed_in is None or await self._state_tokens.is_used(_ENDED, signed_in.id):
            return None
        # A later sign-in of the same account is not ended.
        if await self._state_tokens.is_marked_since(_ENDED_EVERYWHERE, signed_in.account, signed_in.since):
            return None
        return signed_in

    async def end_session_url(self) -> str | None:
        """Return where the person signs out of the provider too; None if it offers no such place."""
        return await self._flow.end_session_url()

    async def keep(self, signed_in: SignedIn) -> SignedIn:
        """Return the sign-in as one that lasts until midnight in New Zealand."""
        day = today(self._state_tokens.clock())
        midnight = datetime.combine(day + timedelta(days=1), time(), AUCKLAND)
        kept = replace(signed_in, until=midnight.timestamp(), kept=True)
        await self._record_audit(Entry("sign-in.kept", self.actor, about={"account": signed_in.account}))
        return kept

    async def end_everywhere(self, signed_in: SignedIn) -> None:
        """Sign the account out in every browser."""
        await self._state_tokens.mark(_ENDED_EVERYWHERE, signed_in.account)
        about = {"account": signed_in.account, "everywhere": "true"}
        await self._record_audit(Entry("sign-in.ended", self.actor, about=about))

    async def end(self, signed_in: SignedIn) -> None:
        """Sign out: the state token is invalid from now on, in every copy."""
        if await self._state_tokens.consume(_ENDED, signed_in.id):
            await self._record_audit(Entry("sign-in.ended", self.actor, about={"account": signed_in.account}))
