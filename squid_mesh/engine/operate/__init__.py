"""What people do to runs: each under the run's lock, legal and permitted now or refused, and audited once."""
