"""The only place that speaks to ALEX and to its identity provider."""
