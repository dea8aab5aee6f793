"""Signing in outside Evolution: with an account at the practice's sign-in service, then confirming a patient."""
