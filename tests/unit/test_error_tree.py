"""The error tree: drawn as it is, a unique slug for each type, each refusal recorded under an existing action."""

from typing import get_args

import pytest

from clinicpro_images import errors as root_module
from clinicpro_images.audit.entry import Action
from clinicpro_images.errors import ClinicProError
from error_tree import drawing, errors


def test_the_tree_is_drawn_as_it_is() -> None:
    assert f"\n\n{drawing()}\n\n" in (root_module.__doc__ or ""), "Run: python tests/error_tree.py"


def test_no_two_types_share_a_slug() -> None:
    own = [error for error in errors() if "slug" in vars(error)]
    assert len({error.slug for error in own}) == len(own)


@pytest.mark.parametrize("error", list(errors()), ids=lambda error: error.__name__)
def test_what_the_audit_trail_records_is_one_of_its_actions(error: type[ClinicProError]) -> None:
    assert error.audit_action in {"", *get_args(Action)}
