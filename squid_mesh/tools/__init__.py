"""Tools that steps call the outside world with, and what a host needs for a tool of its own."""

from squid_mesh.tools.errors import ToolError
from squid_mesh.tools.secrets import MASK, Secrets, is_secret_name, reveal

__all__ = ["MASK", "Secrets", "ToolError", "is_secret_name", "reveal"]
