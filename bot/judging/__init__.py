"""Events meet the rules: what is stored, what follows, and why."""
