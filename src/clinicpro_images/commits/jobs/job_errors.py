"""What a job stores of an error."""

from dataclasses import replace

from clinicpro_images.commits.errors import LandingUnknown, RestoredFromBackup
from clinicpro_images.commits.jobs.job import Job, JobError
from clinicpro_images.errors import ClinicProError
from clinicpro_images.records.errors import RecordSystemError, RecordSystemOtherPatient

WAITING = JobError("alex-timeout", "Waiting", "Checking whether it arrived.")
"""What is shown of a job that waits until a search is conclusive, if no error is known."""


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


def restored_error(origin: str) -> JobError:
    """Return what is shown of a job that is looked for after a restore; `origin` is such as "a backup of 23 Nov 2026"."""
    return replace(job_error_of(RestoredFromBackup()), title=f"Restored from {origin}")


def while_waiting(job: Job, cause: JobError) -> JobError:
    """Return what is shown until the next try; what is looked for after a restore keeps saying so."""
    return cause if job.before_restore is None or job.error is None else job.error


def not_filed_since_backup(looked_for: JobError) -> JobError:
    """Return what is shown of a job that was not filed after the backup, and is left to the clinician."""
    detail = "It wasn't in the record before that, and a search shows that it isn't there now. Press Retry to file it."
    return replace(looked_for, detail=detail)


def landing_unknown(job: Job, cause: JobError) -> JobError:
    """Return what is shown of a job that may have landed, and what is known of why for the integrator."""
    if cause.slug == RecordSystemOtherPatient.slug:
        return cause  # it says more
    if job.before_restore is not None and job.error is not None:
        return _check_inbox_first(job.error, cause)
    shown = job_error_of(LandingUnknown())
    integrator = f"{shown.integrator} {cause.integrator}".strip()
    return replace(cause, slug=shown.slug, title=shown.title, detail=shown.detail, integrator=integrator)


def _check_inbox_first(looked_for: JobError, cause: JobError) -> JobError:
    return replace(
        cause,
        slug=looked_for.slug,
        title=f"{looked_for.title}: check the inbox first",
        detail="This may have been filed after that, and ClinicPro Images can't see whether it was. Look in the patient's "
        "inbox in Evolution, then say here what you found.",
        integrator=f"{looked_for.integrator} {cause.integrator if cause is not looked_for else ''}".strip(),
    )
