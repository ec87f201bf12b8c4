"""The layout of a diagram: layers, the order in them, coordinates and the course of each edge."""
