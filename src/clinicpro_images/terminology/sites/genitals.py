"""Body sites of the genitals, perineum and anus."""

from typing import Final

from clinicpro_images.terminology.sites.site import site

GENITALS: Final = (
    site(
        "60944009",
        "External genitalia",
        "genitals",
        "genital area",
        "private parts",
        "genitalia",
        "genital",
        sides="none",
    ),
    site("35900000", "Penis", "willy", "ure", "foreskin", "prepuce", sides="none"),
    site("244117002", "Root of penis", "base of penis", sides="none"),
    site("244118007", "Shaft of penis", "penile shaft", sides="none"),
    site(
        "7991003",
        "Glans penis",
        "head of penis",
        "glans",
        "corona of penis",
        sides="none",
    ),
    site("279478000", "Male urethral opening", "external urethral orifice", "urethral meatus", sides="none"),
    site(
        "81992007",
        "Scrotum",
        "hemiscrotum",
        "testicles",
        "balls",
        "ball sack",
        "raho",
        "testis",
        "testes",
        "scrotal",
        "testicle",
        sides="optional",
    ),
    site("45292006", "Vulva", "vulval", "vulvar", "vagina", "mons veneris", sides="optional"),
    site("73058008", "Labium", "labia", "lip of vulva"),
    site("128252004", "Labium majus", "labia majora", "outer lip of vulva"),
    site("128253009", "Labium minus", "labia minora", "inner lip of vulva"),
    site("279867004", "Frenulum of labia minora", "fourchette", sides="none"),
    site("4019005", "Posterior commissure of labia majora", sides="none"),
    site("29353003", "Clitoris", sides="none"),
    site("76723005", "Clitoral hood", "prepuce of clitoris", sides="none"),
    site("23213005", "Vulval vestibule", sides="none"),
    site("18857001", "Vaginal opening", "vaginal introitus", sides="none"),
    site(
        "279479008", "Female urethral opening", "external urethral orifice", "urethral meatus", sides="none"
    ),
    site("48014002", "Perineum", "between the legs", "perineal", sides="none"),
    site(
        "59112000",
        "Anus",
        "perianal area",
        "back passage",
        "perianal",
        "anal",
        "anal margin",
        "peri anal",
        "tou",
        "bottom hole",
        sides="none",
    ),
)
