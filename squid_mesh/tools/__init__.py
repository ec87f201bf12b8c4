"""Tools that steps use to call other systems, and the base for tools of your own."""

from squid_mesh.tools.errors import ToolError
from squid_mesh.tools.secrets import MASK, Secrets, is_secret_name, reveal

__all__ = ["MASK", "Secrets", "ToolError", "is_secret_name", "reveal"]
