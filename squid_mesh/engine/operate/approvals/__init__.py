"""Answers to steps that ask people: decisions at approvals, and the end of a pause."""
