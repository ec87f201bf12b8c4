"""The clock: starting the runs of cron triggers at their scheduled times."""
