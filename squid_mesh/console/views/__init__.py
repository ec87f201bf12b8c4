"""The other pages: dashboard, inbox, workflows, starting a run, and triggers."""
