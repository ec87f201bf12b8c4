"""Rules about single steps: their code, their arguments, their retries and the people they ask."""
