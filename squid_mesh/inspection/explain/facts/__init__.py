"""The facts that an explanation is made from, and the queries that read them."""
