"""Body sites of the genitals, perineum and anus."""

from typing import Final

from clinicpro_images.terminology.sites.site import site

GENITALS: Final = (
    site("60944009", "External genitalia", "genitals", "genital area", "private parts"),
    site("35900000", "Penis", "willy"),
    site("244117002", "Root of penis", "base of penis"),
    site("244118007", "Shaft of penis"),
    site("7991003", "Glans penis", "head of penis", "foreskin"),
    site("279478000", "Male urethral opening", "external urethral orifice", "urethral meatus"),
    site("81992007", "Scrotum", "testicles", "balls", "ball sack"),
    site("45292006", "Vulva"),
    site("73058008", "Labium", "labia", "lip of vulva"),
    site("128252004", "Labium majus", "labia majora", "outer lip of vulva"),
    site("128253009", "Labium minus", "labia minora", "inner lip of vulva"),
    site("279867004", "Frenulum of labia minora", "fourchette"),
    site("4019005", "Posterior commissure of labia majora"),
    site("29353003", "Clitoris"),
    site("76723005", "Clitoral hood", "prepuce of clitoris"),
    site("23213005", "Vulval vestibule"),
    site("18857001", "Vaginal opening", "vaginal introitus"),
    site("279479008", "Female urethral opening", "external urethral orifice", "urethral meatus"),
    site("48014002", "Perineum", "between the legs"),
    site("59112000", "Anus", "perianal area", "back passage"),
)
