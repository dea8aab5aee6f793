"""Translation: every error status and body becomes the one error it means."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinicpro_images.records.alex.errors import retry_after, translate
from clinicpro_images.records.alex.roles import CREATE_DOCUMENT, DECODE_LAUNCH, SEARCH_MEDIA
from clinicpro_images.records.errors import (
    FacilityUnknown,
    PatientUnknown,
    PracticeOffline,
    PracticeTimeout,
    RecordSystemBadGateway,
    RecordSystemDuplicate,
    RecordSystemError,
    RecordSystemFailed,
    RecordSystemForbidden,
    RecordSystemNotFound,
    RecordSystemRedirected,
    RecordSystemRejected,
    RecordSystemThrottled,
    RecordSystemUnauthorized,
)
from fake_alex import outcome

NOW = datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC)


def management(status: int, message: str) -> dict[str, Any]:
    return {"statusCode": status, "message": message}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, management(401, "Unauthorized. Access token is missing or invalid."), RecordSystemUnauthorized),
        (404, management(404, "Resource not found"), RecordSystemNotFound),
        (403, outcome("forbidden", "Authorization failed."), RecordSystemForbidden),
        (403, outcome("not-found", "Practice Facility not found."), FacilityUnknown),
        (404, outcome("not-found", "Practice Facility not found."), FacilityUnknown),
        (404, outcome("not-found", "Patient not found."), PatientUnknown),
        (404, outcome("not-found", "Resource ID not found."), RecordSystemNotFound),
        (400, outcome("business-rule", "The mandatory Identifier.value is missing"), RecordSystemRejected),
        (400, outcome("invalid", "Request is invalid."), RecordSystemRejected),
        (400, outcome("not-supported", "Request is not supported."), RecordSystemRejected),
        (409, None, RecordSystemDuplicate),
        (413, None, RecordSystemRejected),
        (415, None, RecordSystemRejected),
        (422, outcome("invalid", "x"), RecordSystemRejected),
        (429, management(429, "Rate limit is exceeded."), RecordSystemThrottled),
        (500, None, RecordSystemFailed),
        (502, None, RecordSystemBadGateway),
        (503, outcome("exception", "PMS unreachable or unavailable."), PracticeOffline),
        (503, None, PracticeOffline),
        (504, outcome("timeout", "PMS did not respond to request or has timed out."), PracticeTimeout),
        (302, None, RecordSystemRedirected),
    ],
)
def test_each_response_becomes_the_error_it_means(
    status: int, body: Any, kind: type[RecordSystemError]
) -> None:
    content = b"" if body is None else json.dumps(body).encode()
    error = translate(status, {}, content, operation=CREATE_DOCUMENT, now=NOW)
    assert type(error) is kind
    assert error.upstream_status == status
    assert error.detail
    assert str(status) in error.integrator


def test_status_code_and_diagnostics_are_kept_beside_the_sentences() -> None:
    content = json.dumps(outcome("forbidden", "Authorization failed.")).encode()
    error = translate(403, {}, content, operation=CREATE_DOCUMENT, now=NOW)
    assert (error.upstream_code, error.diagnostics) == ("forbidden", "Authorization failed.")
    assert "Authorization failed" not in error.detail


def test_a_refused_write_names_the_role_it_needs() -> None:
    error = translate(403, {}, b"", operation=CREATE_DOCUMENT, now=NOW)
    assert "patient.documentreference.scaninbox.write" in error.integrator
    assert "shape" not in error.integrator


def test_a_refused_search_names_the_role_and_the_other_reason_it_can_have() -> None:
    error = translate(403, {}, b"", operation=SEARCH_MEDIA, now=NOW)
    assert "patient.media.read" in error.integrator
    assert "shape" in error.integrator


def test_an_unknown_launch_path_names_the_setting_to_check() -> None:
    content = json.dumps(management(404, "Resource not found")).encode()
    assert "MEDTECH_LAUNCH_URL" in translate(404, {}, content, operation=DECODE_LAUNCH, now=NOW).integrator


def test_413_says_that_the_photo_is_too_large() -> None:
    assert "too large" in translate(413, {}, b"<html>", operation=CREATE_DOCUMENT, now=NOW).detail


def test_the_first_issue_that_is_an_error_is_read() -> None:
    body = outcome("forbidden", "Authorization failed.")
    body["issue"].insert(0, {"severity": "information", "code": "informational", "diagnostics": "Hello"})
    error = translate(403, {}, json.dumps(body).encode(), now=NOW)
    assert error.upstream_code == "forbidden"


@given(
    st.integers(min_value=300, max_value=599),
    st.binary()
    | st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ).map(lambda content: json.dumps(content).encode())
    | st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["code", "details", "text"]), inner),
    ).map(lambda issue: json.dumps({"resourceType": "OperationOutcome", "issue": issue}).encode()),
)
def test_any_body_can_be_translated(status: int, body: bytes) -> None:
    assert translate(status, {}, body, now=NOW).upstream_status == status


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("999999999", 3600.0),
        ("Fri, 20 Nov 2026 01:02:33 GMT", 30.0),
        ("Fri, 20 Nov 2026 01:00:00 GMT", 0.0),
        ("soon", None),
        ("-1", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


@pytest.mark.parametrize("hours", [-13, -2, 0, 2, 13])
def test_a_date_counts_from_the_time_that_its_server_says_it_is(hours: int) -> None:
    """Either clock may be wrong, by a time zone for instance."""

    def at(seconds: float) -> str:
        theirs = NOW + timedelta(hours=hours, seconds=seconds)
        return theirs.strftime("%a, %d %b %Y %H:%M:%S GMT")

    assert retry_after(at(30), NOW, sent=at(0)) == 30.0
    assert translate(429, {"Retry-After": at(30), "Date": at(0)}, b"", now=NOW).retry_after == 30.0
    assert retry_after(at(30), NOW + timedelta(hours=hours), sent="soon") == 30.0


def test_retry_after_reaches_the_error() -> None:
    late = (NOW + timedelta(seconds=12)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert translate(429, {"Retry-After": late}, b"", now=NOW).retry_after == 12.0


PATIENT_ID = "14e52e16edb7a435bfa05e307afd008b"
ECHOES = [
    ("Patient ZZZ0016 not found.", "Patient … not found."),
    ("No match for zzz0016", "No match for …"),
    ("identifier=https://standards.digital.health.nz/ns/nhi-id|ZZZ0016", None),
    ("identifier=https%3A%2F%2Fstandards.digital.health.nz%2Fns%2Fnhi-id%7CZZZ0016&x=1", None),
    ("Two NHIs: ZZZ0016,ZZZ00AX.", "Two NHIs: …,…."),
    (f"Patient/{PATIENT_ID}/_history/1", "Patient/…/_history/1"),
    (f"subject {PATIENT_ID.upper()} is unknown", "subject … is unknown"),
    ("Reference Patient/short-id.1 is unknown", "Reference Patient/… is unknown"),
]


@pytest.mark.parametrize(("echo", "left"), ECHOES)
@pytest.mark.parametrize("shape", [management, lambda _, words: outcome("invalid", words)])
def test_patient_identifiers_that_alex_echoes_are_removed(echo: str, left: str | None, shape: Any) -> None:
    error = translate(400, {}, json.dumps(shape(400, echo)).encode(), operation=CREATE_DOCUMENT, now=NOW)
    shown = f"{error.diagnostics} {error.detail} {error.integrator} {error.upstream_code}".casefold()
    for identifying in ("zzz0016", "zzz00ax", PATIENT_ID, "short-id"):
        assert identifying not in shown
    if left is not None:
        assert error.diagnostics == left


def test_an_identifier_in_place_of_a_code_is_removed() -> None:
    body = json.dumps(outcome("ZZZ0016", "Refused.")).encode()
    assert translate(400, {}, body, now=NOW).upstream_code == "…"
    body = json.dumps(management(400, "Refused.") | {"statusCode": PATIENT_ID}).encode()
    assert translate(400, {}, body, now=NOW).upstream_code == "…"


def test_an_identifier_at_the_length_limit_is_removed_completely() -> None:
    words = "x " * 240 + PATIENT_ID + " " + "y" * 200
    error = translate(400, {}, json.dumps(outcome("invalid", words)).encode(), now=NOW)
    assert PATIENT_ID[:8] not in (error.diagnostics or "")


@pytest.mark.parametrize(
    "words",
    [
        "The mandatory Identifier.value is missing",
        "Rate limit is exceeded. Try again in 7 seconds.",
        "Facility F2N060-E is not connected; error 80040217, trace 0HN7ABCDEF.",
        "PMS did not respond to request or has timed out.",
    ],
)
def test_text_without_identifiers_is_unchanged(words: str) -> None:
    assert translate(400, {}, json.dumps(outcome("invalid", words)).encode(), now=NOW).diagnostics == words


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Patient born 1965-08-07 is not active.", "Patient born … is not active."),
        ("DOB 7/08/1965 does not match", "DOB … does not match"),
        ("DOB 19650807 does not match", "DOB … does not match"),
        ("Could not convert 'Testing, Aroha' to HumanName", "Could not convert '…' to HumanName"),
        ('Unknown value "Aroha"', 'Unknown value "…"'),
        ("The mandatory Identifier.value is missing", "The mandatory Identifier.value is missing"),
        (
            "Rate limit is exceeded. Try again in 12345678 seconds.",
            "Rate limit is exceeded. Try again in 12345678 seconds.",
        ),
    ],
)
def test_dates_and_quoted_values_in_diagnostics_are_removed(said: str, kept: str) -> None:
    error = translate(400, {}, json.dumps(outcome("invalid", said)).encode(), now=NOW)
    assert error.diagnostics == kept
    assert kept in error.integrator


def test_known_patient_details_are_redacted_from_diagnostics_and_the_sentence_that_quotes_them() -> None:
    said = "UNRELATED string TESTING (Testing-Smith) has no active enrolment; untested."
    error = translate(422, {}, json.dumps(outcome("invalid", said)).encode(), now=NOW)
    error.redact(("UNRELATED", "STRING", "TESTING", "ZZZ0016", "", "X"))
    assert error.diagnostics == "… … … (…-Smith) has no active enrolment; untested."
    assert "TESTING" not in error.integrator
    assert "422" in error.integrator
