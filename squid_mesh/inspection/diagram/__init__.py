"""The graph of a workflow or a run, drawn here: drawing, layers, order, places, courses, and three formats."""
