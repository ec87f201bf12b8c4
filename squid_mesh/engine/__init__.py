"""Doing: start, claim, invoke, settle, advance, recover, operate. All of them end in ``advance``."""
