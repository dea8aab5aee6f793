"""Body sites from the shoulder to the fingernails."""

from typing import Final

from clinicpro_images.terminology.sites.site import site

ARM: Final = (
    # 53120007 is the whole upper limb, although some published lists call it the hand.
    site("53120007", "Upper limb", "arm", "whole arm"),
    site("371311000", "Upper limb (skin)", "skin of arm"),
    site("16982005", "Shoulder", "deltoid", "top of arm"),
    site("45981001", "Front of upper arm", "biceps"),
    site("72939005", "Back of upper arm", "triceps"),
    # No DICOM list has the elbow or ankle as a region, so the joint is coded and named as such.
    site("16953009", "Elbow joint", "elbow", "funny bone"),
    site("17957002", "Antecubital fossa", "front of elbow", "crook of elbow", "elbow crease"),
    site("181536004", "Back of elbow", "point of elbow", "olecranon"),
    site("70559009", "Front of forearm", "inner forearm", "volar forearm"),
    site("41550009", "Back of forearm", "outer forearm", "dorsal forearm"),
    site("8205005", "Wrist"),
    site("24527008", "Front of wrist", "palmar wrist", "volar wrist"),
    site("52876008", "Back of wrist", "dorsal wrist"),
    site("33712006", "Hand (skin)", "skin of hand"),
    site("281642007", "Back of hand", "dorsum of hand", "top of hand"),
    site("70887009", "Palm", "palm of hand"),
    site("26795005", "Thenar area of palm", "ball of thumb", "thenar eminence"),
    site("89784008", "Hypothenar area of palm", "little finger side of palm", "hypothenar eminence"),
    site(
        "244169007",
        "Finger",
        "digit of hand",
        "fingertip",
        "index finger",
        "middle finger",
        "ring finger",
        "little finger",
        "pinky",
        "pointer",
        "knuckle",
    ),
    site("76505004", "Thumb"),
    site("770809003", "Fingernail", "nail of finger", "nail bed of finger", "cuticle", "nail"),
    site("770810008", "Thumbnail", "nail of thumb"),
    site("770815003", "Index fingernail", "nail of index finger"),
    site("770816002", "Middle fingernail", "nail of middle finger"),
    site("770817006", "Ring fingernail", "nail of ring finger"),
    site("770818001", "Little fingernail", "nail of little finger"),
)
