"""The database: tables, their migrations, and the one way to change them."""
