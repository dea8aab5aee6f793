"""What each command of `clinicpro` does."""
