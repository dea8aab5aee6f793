"""The practice's page: what isn't filed, what was filed and by whom, and open sessions; no photo and no patient."""
