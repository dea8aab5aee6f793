"""Many clinicians at once against real gateways: what load and restart trials are made of."""
