"""What a job stores of an error."""

from dataclasses import replace

from clinicpro_images.commits.errors import LandingUnknown
from clinicpro_images.commits.jobs.job import JobError
from clinicpro_images.errors import ClinicProError
from clinicpro_images.records.errors import RecordSystemError, RecordSystemOtherPatient


def job_error_of(error: ClinicProError) -> JobError:
    """Return what is stored and shown of an error."""
    upstream = error if isinstance(error, RecordSystemError) else None
    return JobError(
        slug=error.slug,
        title=error.title,
        detail=error.detail,
        integrator=error.integrator,
        alex_status=upstream.upstream_status if upstream else None,
        alex_code=upstream.upstream_code if upstream else None,
        alex_diagnostics=upstream.diagnostics if upstream else None,
    )


def landing_unknown(cause: JobError) -> JobError:
    """Return what is shown of a job that may have landed, and what is known of why for the integrator."""
    if cause.slug == RecordSystemOtherPatient.slug:
        return cause  # it says more
    shown = job_error_of(LandingUnknown())
    integrator = f"{shown.integrator} {cause.integrator}".strip()
    return replace(cause, slug=shown.slug, title=shown.title, detail=shown.detail, integrator=integrator)
