"""Body sites of the neck, chest, abdomen and back, and the skin as a whole."""

from typing import Final

from clinicpro_images.terminology.sites.site import site

TRUNK: Final = (
    site("39937001", "Skin", "generalised", "widespread", "all over", "whole body"),
    # neck
    site("11584001", "Anterior neck", "front of neck", "throat"),
    site("182329002", "Anterior triangle of neck"),
    site("5713008", "Submandibular triangle", "under the jaw"),
    site("5272005", "Lateral neck", "side of neck"),
    site("4658004", "Nape of neck", "back of neck", "nuchal area", "scruff"),
    site("76072005", "Supraclavicular area", "above the collarbone", "collarbone", "clavicle"),
    # trunk and chest
    site("22943007", "Trunk", "torso"),
    site("54440003", "Upper trunk"),
    site("181491009", "Anterior trunk", "front of trunk"),
    site("244106003", "Anterior chest", "front of chest"),
    site("66288003", "Infraclavicular area", "below the collarbone"),
    site("244107007", "Sternal area", "sternum", "breastbone"),
    site("699915001", "Lower chest", "lower chest wall"),
    site("76752008", "Breast", "boob", "bust"),
    site("72005009", "Areola"),
    site("54468004", "Nipple", "teat"),
    site("76261009", "Axilla", "armpit", "underarm", "oxter"),
    # abdomen and groin
    site("699935000", "Upper abdomen", "upper tummy"),
    site("30598005", "Epigastrium", "epigastric area", "pit of the stomach"),
    site("315003", "Umbilicus", "belly button", "navel", "tummy button", "bellybutton"),
    site("58602004", "Flank", "loin", "side of abdomen", "love handle", "waist", "side of body"),
    site("699914002", "Lower abdomen", "lower tummy"),
    site(
        "367578008",
        "Suprapubic area",
        "hypogastrium",
        "above the pubic bone",
        "pubic area",
        "pubes",
        "pubic hair",
    ),
    site("39687006", "Groin", "inguinal area", "bikini line"),
    site("280387007", "Groin crease", "groin fold", "inguinal crease"),
    # back and buttocks
    site(
        "699893008",
        "Upper back",
        "upper thoracic back",
        "between the shoulder blades",
        "shoulder blade",
        "scapula",
    ),
    site("244111001", "Posterior chest", "back of chest", "thoracic back"),
    site("113182001", "Lower back", "lumbar area", "small of the back", "tailbone", "sacrum", "coccyx"),
    site(
        "22180002",
        "Buttock",
        "bottom",
        "bum",
        "gluteal area",
        "backside",
        "behind",
        "buttocks",
        "seat",
        "rear",
    ),
    site("63029009", "Gluteal fold", "crease under the buttock"),
)
