"""ALEX, Medtech's FHIR R4 API."""
