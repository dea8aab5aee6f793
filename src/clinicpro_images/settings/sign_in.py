"""The settings of signing in outside Evolution: all off, or all there."""

from dataclasses import dataclass, field

from clinicpro_images.settings.reader import Reader, SettingsError


@dataclass(frozen=True, kw_only=True)
class SignInSettings:
    """Where clinicians sign in, who may, and as which provider of the practice they file."""

    issuer: str | None
    client_id: str | None
    client_secret: str | None = field(repr=False)
    scope: str
    subjects: frozenset[str]
    emails: frozenset[str] = field(repr=False)
    claim: tuple[str, str]
    provider_claim: str | None

    @classmethod
    def read(cls, reader: Reader) -> "SignInSettings":
        """Read each variable by its shape; `check` says whether they go together."""
        return cls(
            issuer=reader.issuer("CLINICPRO_SIGN_IN_ISSUER"),
            client_id=reader.text("CLINICPRO_SIGN_IN_CLIENT_ID"),
            client_secret=reader.text("CLINICPRO_SIGN_IN_CLIENT_SECRET"),
            scope=reader.scope("CLINICPRO_SIGN_IN_SCOPE", "openid profile email"),
            subjects=reader.words("CLINICPRO_SIGN_IN_SUBJECTS"),
            emails=reader.emails("CLINICPRO_SIGN_IN_EMAILS"),
            claim=reader.claim("CLINICPRO_SIGN_IN_CLAIM"),
            provider_claim=reader.text("CLINICPRO_SIGN_IN_PROVIDER_CLAIM"),
        )

    def check(self, *, facility_id: str | None) -> None:
        """Refuse half a configuration, and one that lets in everybody whom the issuer knows."""
        who = self.subjects or self.emails or self.claim[0]
        if self.issuer is None:
            if self.client_id or self.client_secret or who or self.provider_claim:
                raise SettingsError(
                    "CLINICPRO_SIGN_IN_ISSUER",
                    "is not set, and other CLINICPRO_SIGN_IN_ variables are; set it, or none of them.",
                )
            return
        if self.client_id is None:
            raise SettingsError(
                "CLINICPRO_SIGN_IN_CLIENT_ID",
                "is not set, and CLINICPRO_SIGN_IN_ISSUER is; set the client id that the issuer gave this installation.",
            )
        if not who:
            raise SettingsError(
                "CLINICPRO_SIGN_IN_CLAIM",
                "is not set, nor is CLINICPRO_SIGN_IN_SUBJECTS or CLINICPRO_SIGN_IN_EMAILS; with "
                "CLINICPRO_SIGN_IN_ISSUER one of them says who may sign in.",
            )
        if facility_id is None:
            raise SettingsError(
                "MEDTECH_FACILITY_ID",
                "is not set, and CLINICPRO_SIGN_IN_ISSUER is; set the HPI facility id of the practice that signs in.",
            )

    def rules(self, facility_id: str) -> str:
        """Return who may sign in, where and as whom, as one text: a change voids what was let in before it."""
        who = (sorted(self.subjects), sorted(self.emails), self.claim, self.provider_claim)
        return repr((self.issuer, self.client_id, who, facility_id))
