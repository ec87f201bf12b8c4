"""The pages, buttons and bulk actions with which operators act on runs, built from the actions' specs."""
