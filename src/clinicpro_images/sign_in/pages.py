"""The pages of signing in: the NHI, the patient to confirm, and the end. No script, and nobody may frame them."""

from datetime import date
from html import escape

from clinicpro_images.errors import ClinicProError
from clinicpro_images.records.protocol import PatientRecord
from clinicpro_images.sign_in.patient_search import PracticeStaff
from clinicpro_images.sign_in.state_tokens import SignedIn
from clinicpro_images.sign_in.wording import age, calendar_date
from clinicpro_images.web.plain_page import plain_page

_FOCUS = " autofocus"
HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "x-frame-options": "DENY",
}


def search_page(
    desk: PracticeStaff,
    signed_in: SignedIn,
    *,
    nhi: str = "",
    provider_id: str = "",
    error: ClinicProError | None = None,
) -> str:
    """Ask for the NHI, and who they are where the account does not say it."""
    alert, wrong = "", ""
    chosen = provider_id or desk.chosen
    # The first field that still needs something.
    known = desk.own is not None or any(each.id == chosen for each in desk.people)
    if error is not None:
        alert = f'<div class="alert" role="alert" id="wrong"><b>{escape(error.title)}.</b> {escape(error.detail)}</div>'
        wrong = ' aria-describedby="wrong"'
    return _page(
        "Whose pictures are these?",
        f"""<p class="where">{escape(desk.practice)}</p>
{alert}<form method="post" action="/sign-in/patient">
{_who(desk, chosen, known=known)}<label for="nhi">NHI of the patient</label>
<input id="nhi" name="nhi" value="{escape(nhi)}" required{_FOCUS if known else ""}
autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="10"{wrong}>
<button class="go">Find patient</button>
</form>
<p class="hint">With Evolution at hand, press its ClinicPro Images icon instead:
it opens the patient whose record you see.</p>
{_signed_in(signed_in)}""",
    )


def confirm_page(
    desk: PracticeStaff,
    patient: PatientRecord,
    *,
    provider: str,
    found: str,
    signed_in: SignedIn,
    today: date,
) -> str:
    """Show who was found; one press says that it is the right patient."""
    born = calendar_date(patient.birth_date) or "not in the record"
    old = age(patient.birth_date, today)
    return _page(
        "Is this your patient?",
        f"""<section class="patient" aria-label="Patient">
<p class="name">{escape(patient.name) or "No name in the record"}</p>
<dl>
<div><dt>Born</dt><dd>{escape(born)}{f" <span>({escape(old)})</span>" if old else ""}</dd></div>
<div><dt>NHI</dt><dd>{escape(patient.nhi)}</dd></div>
<div><dt>Sex</dt><dd>{escape(patient.sex.capitalize())}</dd></div>
</dl>
</section>
<p>What you file next goes into this patient's record at {escape(desk.practice)}
under {escape(provider)}, and can't be taken back.</p>
<form method="post" action="/sign-in/confirm">
<input type="hidden" name="found" value="{escape(found)}">
<button class="go">This is my patient</button>
<a class="other" href="/sign-in/patient">Not this patient</a>
</form>
{_signed_in(signed_in)}""",
    )


def ended_page() -> str:
    """Say that nobody is signed in any more."""
    return _page(
        "You are signed out",
        """<p>Nobody is signed in to ClinicPro Images in this browser.
Pictures that were not filed stay with their patient for 24 hours.</p>
<p class="hint">Your practice's own sign-in service may still know you:
on a shared computer, sign out there too.</p>
<p><a class="go" href="/sign-in">Sign in</a></p>""",
    )


def _who(desk: PracticeStaff, chosen: str, *, known: bool) -> str:
    if desk.own is not None:
        return f'<p class="own">You file as <b>{escape(desk.own.name or desk.own.id)}</b></p>\n'
    options = "".join(
        f'<option value="{escape(each.id)}"{" selected" if each.id == chosen else ""}>{escape(each.name or each.id)}</option>'
        for each in sorted(desk.people, key=lambda each: each.name)
    )
    return f"""<label for="provider">You file as</label>
<select id="provider" name="provider" required{"" if known else _FOCUS}>
<option value="">Choose yourself</option>{options}</select>
"""


def _signed_in(signed_in: SignedIn) -> str:
    who = f"Signed in as {escape(signed_in.name)}" if signed_in.name else "Signed in"
    return f"""<form class="out" method="post" action="/sign-in/end"><span>{who}</span> <button>Sign out</button></form>"""


def _page(title: str, content: str) -> str:
    return plain_page(title, content, style="sign-in.css")
