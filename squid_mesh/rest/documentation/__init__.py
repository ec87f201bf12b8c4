"""The OpenAPI schema: components from the snapshots' own schemas, and the operations."""
