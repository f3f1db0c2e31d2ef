"""The desk's own words: notices, shipped and one's own, in the reader's language."""
