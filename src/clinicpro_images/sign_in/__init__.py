"""Outside Evolution: from an account at the practice's sign-in service to a patient whom the clinician confirmed."""
