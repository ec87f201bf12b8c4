"""A host whose workflows the browser's stories are about."""
