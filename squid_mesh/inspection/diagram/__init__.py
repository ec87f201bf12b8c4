"""The graph of a workflow or a run, in three formats: a drawing, layers, order, places, courses."""
