"""What goes back to people by itself: updates, surveys, work lists, bulletins, digests."""
