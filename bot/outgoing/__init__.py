"""What is to be said, on its way: the outbox, drafts, questions, deliveries and what came of them."""
