"""Words with styles, for platforms whose messages have them: Markdown in parts small enough to be posted."""
