"""Words that several explanations share: people, and times."""
