"""How much longer the console's pages take on large tables than on small ones."""
