"""Looking at runs: queries that give snapshots. Nothing here writes."""
