"""The FHIR that the gateway writes, judged by Medplum's validator with HL7's definitions of R4."""

import asyncio
import json
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from containers import document_pdf, make_heic
from crash.programs import GatewayProgram, free_port
from image_files import make_jpeg, make_png
from install.clinician import Clinician
from running import SOON, running_sandbox
from strangers.parts import script

GP = "7def01802be7cbe97d4301a421f111f5"
_KINDS = {"DocumentReference", "Media", "Communication", "Task"}


def tried() -> list[str]:
    """File one of everything, and validate what arrived; return what was seen."""
    with tempfile.TemporaryDirectory(prefix="clinicpro-strangers-") as folder, running_sandbox() as sandbox:
        port = free_port()
        gateway = GatewayProgram(
            sandbox.environ
            | {
                "CLINICPRO_PUBLIC_URL": f"http://127.0.0.1:{port}",
                "CLINICPRO_DATA_DIR": folder,
                "CLINICPRO_COMMIT_TARGET": "both",
            },
            Path(folder),
            port,
        )
        try:
            gateway.start()
            asyncio.run(gateway.ready())
            with Clinician(gateway.origin, sandbox) as clinician:
                clinician.launch()
                _file_one_of_everything(clinician)
        finally:
            gateway.kill()
        written = [each["resource"] for each in sandbox.resources()]
    kinds = {each["resourceType"] for each in written}
    assert kinds == _KINDS, f"not written: {_KINDS - kinds}"
    # ALEX wants absolute references; Medplum reads relative ones only.
    written = json.loads(
        re.sub(r'"http[^"]+/((?:Patient|Practitioner)/[0-9a-f]{32})"', r'"\1"', json.dumps(written))
    )
    judged = _judged(written)
    wrong = [each for each in judged if each["issues"]]
    assert not wrong, json.dumps(wrong, indent=1)
    # The validator is awake: it refuses what is wrong.
    broken = [{**each, "status": ["current"], "invented": 1} for each in written]
    assert all(each["issues"] for each in _judged(broken)), "the validator accepts anything"
    return [f"{len(judged)} resources ({', '.join(sorted(kinds))}): no error and no warning"]


def _file_one_of_everything(clinician: Clinician) -> None:
    photos = [
        clinician.add(make_jpeg(width=1600, height=1200)),
        clinician.add(make_heic(), "image/heic"),
        clinician.add(make_png(), "image/png"),
        clinician.add(document_pdf(pages=2), "application/pdf"),
    ]
    details = {
        "laterality": {"code": "7771000"},
        "view": "close-up",
        "type": "lesion",
        "label": "Mole 1",
        "notes": "Grown since May",
        "consent": {"by": "patient", "scope": "referral"},
        "sensitive": True,
    }
    clinician.call("PATCH", f"/api/images/{photos[0]}", json=details)
    commit = clinician.file(
        *photos,
        inbox={"recipientId": GP, "note": "Please have a look"},
        task={"assigneeId": GP, "due": SOON, "note": "Ring the patient"},
    )
    states = [each["state"] for each in (*commit["images"], commit["inbox"], commit["task"])]
    assert set(states) == {"committed"}, commit


def _judged(resources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    done = subprocess.run(
        ["node", str(script("validate.mjs"))],  # noqa: S607 - any Node.js
        input=json.dumps(resources),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found
