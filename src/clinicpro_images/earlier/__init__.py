"""Photos that the patient's record already holds, shown beside the new ones and never stored."""
