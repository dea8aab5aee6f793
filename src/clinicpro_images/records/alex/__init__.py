"""ALEX, Medtech's FHIR API: the one implementation of `records/protocol.py`."""
