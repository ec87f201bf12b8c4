"""What the processes of a supervised cluster share: memory without locks, signals, the end of a parent."""
