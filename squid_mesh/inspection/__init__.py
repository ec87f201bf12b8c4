"""Reading runs, workflows and the installation: queries that return frozen values. Nothing here writes."""
