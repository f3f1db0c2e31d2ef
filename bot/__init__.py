"""The desk: everything that has no platform in it."""
