"""Rules about payloads, the parameters that steps read and the keys that they write."""
