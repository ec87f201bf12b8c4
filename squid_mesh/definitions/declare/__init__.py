"""What authors write: ``Workflow``, ``step``, ``wait``, ``approval``, ``cron``, ``Retry`` and ``>>``.

Each call returns a declaration that only stores its arguments. The rules check them later, so that all
problems of a workflow are reported together.
"""
