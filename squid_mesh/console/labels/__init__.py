"""The texts, icons and colours of statuses, events, waits, actions, times and tags."""
