"""E-mail: reading whatever clients and servers really send, and writing mail that holds together in theirs."""
