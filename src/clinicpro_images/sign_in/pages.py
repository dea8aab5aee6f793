"""The sign-in pages: enter the NHI, confirm the patient, signed out. They have no script and can't be framed."""

from collections.abc import Sequence
from datetime import date
from html import escape

from clinicpro_images.errors import ClinicProError
from clinicpro_images.records.protocol import PatientRecord
from clinicpro_images.sign_in.errors import BirthDateUnreadable
from clinicpro_images.sign_in.patient_search import ListedAppointment, SearchContext
from clinicpro_images.sign_in.state_tokens import SignedIn
from clinicpro_images.sign_in.wording import age, calendar_date
from clinicpro_images.web.plain_page import PLAIN_HEADERS, plain_page

_FOCUS = " autofocus"
HEADERS = PLAIN_HEADERS


def search_page(
    context: SearchContext,
    signed_in: SignedIn,
    *,
    nhi: str = "",
    birth_date: str = "",
    provider_id: str = "",
    error: ClinicProError | None = None,
    on_phone: bool = False,
    may_keep: bool = False,
) -> str:
    """Return the page with the NHI's form, and a choice of provider if the account is not linked to one.

    `on_phone`: the birth date is asked for as well, because there is no record open beside it to compare with.
    `may_keep`: the practice lets its clinicians keep the sign-in for the day on a phone.
    """
    alert, wrong = "", ""
    date_wrong = isinstance(error, BirthDateUnreadable)
    chosen_id = provider_id or context.chosen_id
    # Focus the first field that is still empty.
    is_known = context.linked is not None or any(each.id == chosen_id for each in context.providers)
    if error is not None:
        alert = f'<div class="alert" role="alert" id="wrong"><b>{escape(error.title)}.</b> {escape(error.detail)}</div>'
        wrong = "" if date_wrong else ' aria-describedby="wrong"'
    return _page(
        "Whose photos are these?",
        f"""<p class="where">{escape(context.practice)}</p>
{alert}<form method="post" action="/sign-in/patient">
{_provider(context, chosen_id, is_known=is_known)}<label for="nhi">Patient's NHI</label>
<input id="nhi" name="nhi" value="{escape(nhi)}" required{_FOCUS if is_known and not date_wrong else ""}
autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="10"{wrong}>
{_birth_date(birth_date, is_wrong=date_wrong) if on_phone else ""}<button class="go">Find patient</button>
{_TODAY if context.appointments else ""}</form>
<p class="hint">If you have Evolution open, press its ClinicPro Images icon instead:
it opens the patient whose record you see.</p>
{_signed_in(signed_in, on_phone=on_phone, may_keep=may_keep)}""",
    )


def today_page(
    context: SearchContext,
    listed: Sequence[ListedAppointment],
    *,
    are_all: bool,
    provider: str,
    signed_in: SignedIn,
) -> str:
    """Return the day's appointments: times and initials, because another patient may see the screen.

    `are_all`: Medtech has listed all of them, so that there are none if none is listed.
    """
    lines = "".join(
        f"""<li><button class="slot" name="appointment" value="{escape(each.token)}">
<b>{each.start:%H:%M}</b> <span>{escape(each.initials) or "No name"}</span></button></li>
"""
        for each in listed
    )
    slots = f'<ul class="slots">{lines}</ul>' if listed else ""
    if not are_all:
        slots += "<p>There may be others: Medtech has not listed all appointments. Enter the patient's NHI instead.</p>"
    elif not listed:
        slots = "<p>No appointments today. Enter the patient's NHI instead.</p>"
    return _page(
        "Today's appointments",
        f"""<p class="where">{escape(context.practice)} · {escape(provider)}</p>
<form method="post" action="/sign-in/patient">
{slots}
<a class="other" href="/sign-in/patient">Enter an NHI</a>
</form>
{_signed_in(signed_in)}""",
    )


def confirm_page(
    context: SearchContext,
    records: Sequence[tuple[PatientRecord, str]],
    *,
    provider: str,
    signed_in: SignedIn,
    today: date,
) -> str:
    """Return the page that shows the records found, each with its state token; one press confirms one of them."""
    where = f"{escape(context.practice)}\nunder {escape(provider)}. What is filed can't be undone."
    if len(records) == 1:
        patient, found = records[0]
        return _page(
            "Is this your patient?",
            f"""{_record(patient, today)}
<p>Photos you file next go into this patient's record at {where}</p>
{_confirm(found, "This is my patient")}
{_signed_in(signed_in)}""",
        )
    listed = "\n".join(
        f"""<li>{_record(patient, today, number=number, extra=_own_gp(patient, context))}
{_confirm(found, f"Use record {number}", other=False)}</li>"""
        for number, (patient, found) in enumerate(records, 1)
    )
    return _page(
        f"This NHI has {len(records)} records",
        f"""<p>Compare them with the record that you work in, and choose that one. Photos you file next go into it, at
{where}</p>
<ol class="records">{listed}</ol>
<p><a class="other" href="/sign-in/patient">None of these</a></p>
{_signed_in(signed_in)}""",
    )


def _record(patient: PatientRecord, today: date, *, number: int = 0, extra: str = "") -> str:
    born = calendar_date(patient.birth_date) or "not in the record"
    old = age(patient.birth_date, today)
    label = f"Record {number}" if number else "Patient"
    return f"""<section class="patient" aria-label="{label}">
<p class="name"><bdi>{escape(patient.name) or "No name in the record"}</bdi></p>
<dl>
<div><dt>Born</dt><dd>{escape(born)}{f" <span>({escape(old)})</span>" if old else ""}</dd></div>
<div><dt>NHI</dt><dd>{escape(patient.nhi)}</dd></div>
<div><dt>Sex</dt><dd>{escape(patient.sex.capitalize())}</dd></div>{extra}
</dl>
</section>"""


def _own_gp(patient: PatientRecord, context: SearchContext) -> str:
    """Return the patient's own GP, by which a registered patient's record is told from a casual one."""
    names = {each.id.casefold(): each.name for each in context.providers}
    gp_id = patient.general_practitioner_id
    name = (
        "none in the record"
        if gp_id is None
        else names.get(gp_id.casefold()) or "not in this practice's list"
    )
    return f"\n<div><dt>Own GP</dt><dd>{escape(name)}</dd></div>"


def _confirm(found: str, button: str, *, other: bool = True) -> str:
    return f"""<form method="post" action="/sign-in/confirm">
<input type="hidden" name="found" value="{escape(found)}">
<button class="go">{escape(button)}</button>
{'<a class="other" href="/sign-in/patient">Not this patient</a>' if other else ""}</form>"""


def ended_page(end_session_url: str | None, *, everywhere: int | None = None) -> str:
    """Return the page shown after signing out; `end_session_url` signs out of the provider as well.

    `everywhere`: how many sessions were ended in every browser.
    """
    there = (
        f'<p><a class="other" href="{escape(end_session_url)}">Sign out there too</a></p>\n'
        if end_session_url
        else ""
    )
    here = "Nobody is signed in to ClinicPro Images in this browser."
    if everywhere is not None:
        sessions = "1 open session was" if everywhere == 1 else f"{everywhere} open sessions were"
        here = (
            f"You are signed out of ClinicPro Images in every browser, {sessions} ended, and their phones are "
            "disconnected."
        )
    return _page(
        "You are signed out",
        f"""<p>{here}
Photos that were not filed stay with their patient for 24 hours.</p>
<p class="hint">You may still be signed in at your practice's sign-in service:
on a shared computer, sign out there too.</p>
{there}<p><a class="go" href="/sign-in">Sign in</a></p>""",
    )


def _provider(context: SearchContext, chosen_id: str, *, is_known: bool) -> str:
    if context.linked is not None:
        return f'<p class="own">You file as <b>{escape(context.linked.name or context.linked.id)}</b></p>\n'
    options = "".join(
        f'<option value="{escape(each.id)}"{" selected" if each.id == chosen_id else ""}>{escape(each.name or each.id)}</option>'
        for each in sorted(context.providers, key=lambda each: each.name)
    )
    return f"""<label for="provider">You file as</label>
<select id="provider" name="provider" required{"" if is_known else _FOCUS}>
<option value="">Choose yourself</option>{options}</select>
"""


def _birth_date(given: str, *, is_wrong: bool) -> str:
    # Not type="date": it puts the month first where the browser's language does. A phone's keys for numbers have no "/".
    wrong = f' aria-invalid="true"{_FOCUS}' if is_wrong else ""
    return f"""<label for="birth-date">Patient's date of birth</label>
<input id="birth-date" name="birth-date" value="{escape(given)}" required placeholder="dd/mm/yyyy"
autocomplete="off" inputmode="numeric" maxlength="30" aria-describedby="{"wrong " if is_wrong else ""}birth-date-how"{wrong}>
<p class="how" id="birth-date-how">Day, month and year, such as 7/8/1965 or 07081965.</p>
"""


# In the form of the NHI, because it goes by the same provider.
_TODAY = """<button class="other" formaction="/sign-in/today" formnovalidate>Today's appointments</button>
"""
_KEEP = """<form class="out" method="post" action="/sign-in/keep">
<span>Is this your own phone, with a screen lock? You can stay signed in until midnight.</span>
<button>Keep me signed in today</button></form>
"""


def _signed_in(signed_in: SignedIn, *, on_phone: bool = False, may_keep: bool = False) -> str:
    text = f"Signed in as {escape(signed_in.name)}" if signed_in.name else "Signed in"
    until = " until midnight" if signed_in.kept else ""
    keep = _KEEP if on_phone and may_keep and not signed_in.kept else ""
    return f"""{keep}<form class="out" method="post" action="/sign-in/end"><span>{text}{until}</span>
<span><button>Sign out</button>
<button formaction="/sign-in/end-everywhere">End everywhere</button></span></form>"""


def _page(title: str, content: str) -> str:
    return plain_page(title, content, style="sign-in.css")
