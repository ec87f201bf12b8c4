"""The rules that every workflow must meet.

A rule is a function that takes a draft and yields its problems. :mod:`.registry` lists all rules. To add one,
write it in the module of its subject and add it to ``RULES`` there.
"""
