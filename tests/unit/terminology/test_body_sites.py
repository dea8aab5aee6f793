"""The list of body sites as a clinician uses it: chips, order, search terms."""

from clinicpro_images.terminology.body_sites import BODY_SITES, body_site

DISPLAYS = [site.coding.display for site in BODY_SITES]


def test_no_code_or_display_is_listed_twice() -> None:
    assert len({site.coding.code for site in BODY_SITES}) == len(BODY_SITES)
    assert len({display.casefold() for display in DISPLAYS}) == len(BODY_SITES)


def test_twelve_common_sites_come_first_in_the_order_of_the_chips() -> None:
    assert [site.coding.display for site in BODY_SITES if site.common] == [
        "Face",
        "Scalp",
        "Neck",
        "Chest",
        "Abdomen",
        "Back",
        "Upper arm",
        "Forearm",
        "Hand",
        "Thigh",
        "Lower leg",
        "Foot",
    ]
    assert all(site.common for site in BODY_SITES[:12])


def test_a_site_is_found_by_its_code() -> None:
    for site in BODY_SITES:
        assert body_site(site.coding.code) is site


def test_an_unknown_code_finds_nothing() -> None:
    for code in ("", "0", "99999999", "Forearm", " 14975008", "14975008\n"):
        assert body_site(code) is None


def test_a_display_starts_with_its_only_capital_as_a_title_does() -> None:
    for display in DISPLAYS:
        assert display == display.strip()
        assert display == display.capitalize()
        assert "," not in display


def test_only_paired_parts_are_called_front_or_back_of_so_that_a_side_can_be_inserted() -> None:
    parts = {
        display.split(" of ", 1)[1] for display in DISPLAYS if display.startswith(("Front of", "Back of"))
    }
    assert parts == {"upper arm", "elbow", "forearm", "wrist", "hand", "thigh", "knee"}


def test_a_synonym_is_lower_case_and_never_another_sites_display() -> None:
    for site in BODY_SITES:
        assert len(set(site.synonyms)) == len(site.synonyms)
        for synonym in site.synonyms:
            assert synonym == synonym.strip().lower()
            assert synonym not in {display.lower() for display in DISPLAYS}


def test_lay_words_find_the_site_a_gp_means() -> None:
    meant = {
        "tummy": "Abdomen",
        "armpit": "Axilla",
        "bottom": "Buttock",
        "belly button": "Umbilicus",
        "leg": "Lower limb",
        "arm": "Upper limb",
        "throat": "Oropharynx",
        "kneecap": "Front of knee",
        "genitals": "External genitalia",
        "whole body": "Skin",
    }
    for word, display in meant.items():
        assert display in {site.coding.display for site in BODY_SITES if word in site.synonyms}
    assert {"Shin", "Calf", "Knee", "Wrist", "Shoulder", "Toenail", "Groin", "Eyelid"} <= set(DISPLAYS)
