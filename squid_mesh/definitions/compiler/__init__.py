"""The compiler: class body → ``collect`` → ``draft`` → rules → ``compile`` → blueprint."""
