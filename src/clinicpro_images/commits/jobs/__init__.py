"""The durable queue: each job writes one resource."""
