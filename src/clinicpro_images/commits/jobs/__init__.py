"""The durable job queue: each job writes one resource."""
