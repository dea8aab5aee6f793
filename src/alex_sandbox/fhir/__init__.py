"""What ALEX offers over FHIR: the practice directory, and the patient records that vendors can write to."""
