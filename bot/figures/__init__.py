"""Figures of the desk, each with one definition: docs/figures.md. They are read from what happened, never from now."""
