"""The body sites offered as chips, head to toe: at most twelve, so that all fit on a phone.

Neck, chest, abdomen and back have the codes of the skin there, which is what a camera sees. DICOM's own
"chest" 816094009 and "abdomen" 818981001 are cross-sectional segments of the trunk, intended for scanners.
"""

from typing import Final

from clinicpro_images.terminology.sites.site import site

COMMON: Final = (
    site("89545001", "Face", "facial", common=True),
    site("41695006", "Scalp", "top of the head", "hairline", common=True),
    site("43081002", "Neck", "cervical", common=True),
    site("74160004", "Chest", "thorax", "chest wall", "ribs", "rib cage", "pecs", common=True),
    site("75093004", "Abdomen", "tummy", "belly", "stomach", "gut", "paunch", common=True),
    site("66643007", "Back", "spine", "backbone", common=True),
    # 40983000 is the upper arm, although some published lists call it the forearm.
    site("40983000", "Upper arm", "biceps", "triceps", "brachium", "bicep", "tricep", common=True),
    site("14975008", "Forearm", "lower arm", "antebrachium", common=True),
    site("85562004", "Hand", "knuckles", "fist", common=True),
    site("68367000", "Thigh", "upper leg", common=True),
    site("30021000", "Lower leg", "leg below the knee", common=True),
    site(
        "56459004",
        "Foot",
        "sole",
        "top of foot",
        "dorsum of foot",
        "instep",
        "ball of foot",
        "arch of foot",
        "bottom of foot",
        common=True,
    ),
)
