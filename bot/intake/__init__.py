"""From what was received to what the desk makes of it: the inbox, and one decision a function."""
