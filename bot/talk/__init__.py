"""What is different where people talk: rooms, threads, cards, forms, commands."""
