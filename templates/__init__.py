"""Notices: one Markdown template each, and their translations."""
