"""Forms made from the JSON schemas of pydantic models: payloads and approval forms."""
