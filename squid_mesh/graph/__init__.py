"""The rules of the graph: what a run reaches, takes back, fails of and knows. Pure functions, no Django."""
