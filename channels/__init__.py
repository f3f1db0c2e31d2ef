"""Channels: each medium behind the port in `base`."""
