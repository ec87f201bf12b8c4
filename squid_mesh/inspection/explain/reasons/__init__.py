"""One function for each situation: it returns the reason, one sentence and the details."""
