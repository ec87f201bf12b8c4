"""The network side of a call: addresses, connections, limits of time and size, decompression, redirects."""
