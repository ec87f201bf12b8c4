"""Settling: writing what an execution of a step, or a person's decision, changes in its run."""
