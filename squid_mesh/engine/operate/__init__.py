"""What operators do to runs: each function locks the run, checks the action and audits it once."""
