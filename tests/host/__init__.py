"""A host application of the tests: workflows, their steps, and a row of its own."""
