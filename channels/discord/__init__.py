"""Discord: what it shows, and what people write there."""
