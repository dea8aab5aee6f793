"""`python -m clinicpro_images` is `clinicpro`."""

from clinicpro_images.cli import main

main()
