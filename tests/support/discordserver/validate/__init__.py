"""What Discord refuses of a body, with its codes and at its places."""
