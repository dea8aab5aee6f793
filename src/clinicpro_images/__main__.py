"""`python -m clinicpro_images` runs the command `clinicpro`."""

from clinicpro_images.cli import main

main()
