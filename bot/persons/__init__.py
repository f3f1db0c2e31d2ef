"""People: who somebody is, who works tickets, who is away, and who may do what."""
