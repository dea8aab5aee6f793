"""What `clinicpro commit` shows before it files: whose record, which files, under whose name; and its question."""

import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from clinicpro_images.images.image import Details
from clinicpro_images.records.protocol import PatientRecord
from clinicpro_images.sessions.session import Provider

_ONE_MB = 1_000_000
_SEXES = {"male": "male", "female": "female", "other": "other", "unknown": "not known"}


@dataclass(frozen=True)
class Review:
    """Everything that a person checks before something is filed that can't be undone."""

    patient: PatientRecord
    practice: str
    provider: Provider
    details: Details
    files: Sequence[Path]
    unknown_before: int = 0
    """How many photos of the patient were filed that the files can't be compared with."""

    def show(self, console: Console) -> None:
        """Print it."""
        patient = self.patient
        table = Table(title="To be filed. This can't be undone.", show_header=False, title_justify="left")
        who = Text(patient.name or "No name in the record", style="bold")
        table.add_row("Patient", who)
        table.add_row("NHI", patient.nhi)
        table.add_row("Born", patient.birth_date or "not in the record")
        table.add_row("Sex", _SEXES.get(patient.sex, patient.sex) or "not in the record")
        table.add_row("Practice", self.practice)
        table.add_row("Under", self.provider.name or self.provider.id)
        table.add_row("As", self.details.title)
        for number, file in enumerate(self.files, start=1):
            kind = mimetypes.guess_type(file.name)[0] or "unknown type"
            size = _size(file.stat().st_size)
            table.add_row(f"File {number}", f"{file.name} ({kind}, {size})")
        console.print(table)
        if self.unknown_before:
            count = "1 photo" if self.unknown_before == 1 else f"{self.unknown_before} photos"
            console.print(
                f"An earlier version filed {count} for this patient without recording which files they were. Whether "
                "these files are among them isn't known: look in the patient's inbox in Evolution first.",
                style="bold",
            )

    def is_confirmed(self, console: Console) -> bool:
        """Ask, and return whether the answer was yes; without anyone to answer, it is no."""
        count = "1 file" if len(self.files) == 1 else f"{len(self.files)} files"
        patient = self.patient
        question = (
            f"File {count} to {patient.name} (NHI {patient.nhi}, born {patient.birth_date or 'unknown'})?"
        )
        try:
            return console.input(f"{question} [y/N] ", markup=False, emoji=False).strip().lower() in {
                "y",
                "yes",
            }
        except EOFError:
            return False


def _size(count: int) -> str:
    return f"{count / 1_000_000:.1f} MB" if count >= _ONE_MB else f"{max(count // 1000, 1)} kB"
