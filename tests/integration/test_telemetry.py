"""Metrics and traces of an image from upload to record, as an operator sees them."""

from pathlib import Path

import pytest

from collector import running_collector
from image_files import make_jpeg
from running import QUICK, BrowserSession, Sandbox, running

pytestmark = pytest.mark.anyio


async def metrics(browser: BrowserSession) -> set[str]:
    return set((await browser.operator("/metrics")).text.splitlines())


async def test_a_filed_image_is_timed_from_capture_and_its_practice_is_named(
    browser: BrowserSession, photo: bytes
) -> None:
    await browser.launch()
    added = await browser.add(photo)
    await browser.client.post("/api/images", content=photo)
    await browser.client.post("/api/images", content=b"no picture")
    await browser.describe(added["id"])
    await browser.file(added["id"])
    data = await metrics(browser)
    assert "clinicpro_commit_seconds_count 1.0" in data
    assert 'clinicpro_facility_commit_seconds_count{facility="F2N060-E"} 1.0' in data
    assert 'clinicpro_job_results_total{facility="F2N060-E",result="landed"} 1.0' in data
    assert 'clinicpro_alex_call_seconds_count{operation="documentreference.create",outcome="ok"} 1.0' in data
    assert (
        'clinicpro_http_requests_total{method="PATCH",route="/api/images/{image_id}",status="200"} 1.0'
        in data
    )
    assert 'clinicpro_uploads_total{outcome="new"} 1.0' in data
    assert 'clinicpro_uploads_total{outcome="known"} 1.0' in data
    assert 'clinicpro_uploads_total{outcome="picture-type"} 1.0' in data
    assert not any(added["id"] in line for line in data)


async def test_a_practice_that_does_not_answer_is_shown_by_name(
    browser: BrowserSession, photo: bytes
) -> None:
    await browser.launch()
    added = await browser.add(photo)
    await browser.describe(added["id"])
    fault = {"kind": "503", "method": "POST", "resource": "DocumentReference"}
    browser.sandbox.call("PUT", "/sandbox/faults", {"faults": [fault]})
    await browser.client.post(
        "/api/commits", json={"imageIds": [added["id"]]}, headers={"Idempotency-Key": "resting"}
    )
    while 'clinicpro_facility_resting{facility="F2N060-E"} 1.0' not in await metrics(browser):
        pass
    data = await metrics(browser)
    assert any(line.startswith('clinicpro_facility_jobs{facility="F2N060-E",state="') for line in data)
    assert any(
        line.startswith('clinicpro_facility_oldest_waiting_seconds{facility="F2N060-E"}') for line in data
    )


async def test_spans_of_request_call_and_job_share_the_correlation_id(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    with running_collector() as collector:
        environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint}
        async with running(sandbox, tmp_path, environ, policy=QUICK) as browser:
            await browser.launch()
            added = await browser.add(make_jpeg(width=320, height=240))
            await browser.describe(added["id"])
            await browser.file(added["id"])
        spans = {span.name: span for span in collector.spans()}
    assert {"GET /launch", "POST /api/images", "PATCH /api/images/{image_id}", "POST /api/commits"} <= set(
        spans
    )
    job, call = spans["file document-reference"], spans["alex documentreference.create"]
    assert call.parent_span_id == job.span_id
    ids = [
        {each.key: each.value.string_value for each in span.attributes}["correlation_id"]
        for span in (spans["POST /api/commits"], job, call)
    ]
    assert len(set(ids)) == 1
    launch, decode = spans["GET /launch"], spans["alex launch.decode"]
    assert decode.parent_span_id == launch.span_id
