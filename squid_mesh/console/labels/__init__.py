"""The words, signs and times that the console's pages show for statuses, events, waits, actions and tags."""
