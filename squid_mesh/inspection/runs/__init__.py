"""Reading runs: one in full, lists, their history, and the actions possible on many."""
