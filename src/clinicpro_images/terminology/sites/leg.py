"""Body sites from the hip to the toenails."""

from typing import Final

from clinicpro_images.terminology.sites.site import site

LEG: Final = (
    site("61685007", "Lower limb", "leg", "whole leg"),
    site("371304004", "Lower limb (skin)", "skin of leg"),
    site("29836001", "Hip", "hip bone"),
    site("61248009", "Front of thigh", "quadriceps"),
    site("73958006", "Inner thigh", "medial thigh"),
    site("4578000", "Back of thigh", "hamstring"),
    site("72696002", "Knee"),
    site("181553006", "Front of knee", "kneecap"),
    site("84507004", "Back of knee", "popliteal fossa", "knee pit", "hollow of the knee"),
    site("25763004", "Shin", "front of lower leg", "pretibial area", "shinbone", "tibia"),
    site("47224004", "Calf", "back of lower leg"),
    site("70258002", "Ankle joint", "ankle"),
    site("181563003", "Inner ankle", "medial ankle", "medial malleolus"),
    site("181564009", "Outer ankle", "lateral ankle", "lateral malleolus"),
    site("60496002", "Foot (skin)", "skin of foot"),
    site("84607009", "Heel", "back of foot", "achilles"),
    site("699919007", "Inner heel", "medial heel"),
    site("699909001", "Outer heel", "lateral heel"),
    site("52953006", "Inner edge of sole", "medial border of sole"),
    site("35739000", "Outer edge of sole", "lateral border of sole"),
    site(
        "52034004",
        "Toe",
        "digit of foot",
        "big toe",
        "great toe",
        "little toe",
        "between the toes",
        "toes",
        "web space of toe",
    ),
    site("770805009", "Toenail", "nail of toe"),
    site("770822006", "Big toenail", "great toenail", "nail of big toe"),
    site("770823001", "Second toenail", "nail of second toe"),
    site("770825008", "Third toenail", "nail of third toe"),
    site("770821004", "Fourth toenail", "nail of fourth toe"),
    site("770820003", "Fifth toenail", "little toenail", "nail of little toe"),
)
