"""Rules: what the desk decides, as values and pure functions."""
