"""The OpenAPI schema: components, made from the schemas of the snapshots, and operations."""
