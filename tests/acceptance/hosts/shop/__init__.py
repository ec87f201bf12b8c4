"""The app of the host with workflows, and an object that runs are about."""
