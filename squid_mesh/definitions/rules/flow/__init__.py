"""Rules about the order of the steps: edges, outcomes, joins, rewinds and the exits of approvals."""
