"""Checks whether this installation can reach ALEX, and says who needs to fix what: `clinicpro doctor`."""
