"""Promises and automations: the clocks of a ticket."""
