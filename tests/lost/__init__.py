"""Lost answers: what the worker concludes where the record shows less than it has."""
