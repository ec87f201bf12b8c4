"""What works with libraries that only some projects have: one module an extra, none of them needed."""
