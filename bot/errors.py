"""Errors that a person at the command line can mend."""


class NotDone(Exception):
    """The request cannot be carried out; the text is one line for the person who asked: why, and what to do."""
