"""What changes runs: start, claim, invoke, settle, recover, operate, prune, and the clock of cron triggers.

Lock order: the parent run, the run, its steps. Only a claim locks a step first, and it never waits for the
run: it takes the run's lock if that is free, or leaves the step.
"""
