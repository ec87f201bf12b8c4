"""What a worker does with a claimed step: invoke its code, renew its lease, settle its result."""
