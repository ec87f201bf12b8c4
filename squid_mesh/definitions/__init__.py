"""Workflow definitions: the class syntax, the compiler, the rules, and the compiled form. Without Django.

``declare`` is what authors write. ``rules`` check a class, ``compiler`` turns it into a blueprint, ``values``
converts payloads, inputs and outputs. The modules of this folder itself are what the engine reads.
"""
