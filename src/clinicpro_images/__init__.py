"""ClinicPro Images: clinical photos into the open patient's Medtech record."""
