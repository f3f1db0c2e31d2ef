"""`make demo`: a story played through the real listeners, in a folder of its own, and checked while it plays."""
