"""Work for later: jobs, and what recurs."""
