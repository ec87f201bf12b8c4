"""The directive ``public-names``: the entries of the Python reference for one module.

``{public-names} squid_mesh.api.runs`` documents the names in the module's ``__all__``, or those in its body.
``:shown-in: squid_mesh.api`` is the module from which users import them. ``:brief:`` leaves out the members.
"""

from __future__ import annotations

from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from pydantic import BaseModel
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.parsing import nested_parse_to_nodes

from docs._ext.entries import render


class PublicNames(SphinxDirective):
    """Writes the entries of a module's public names."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {"shown-in": directives.unchanged, "brief": directives.flag}

    def run(self) -> list[nodes.Node]:
        """Return the nodes that the entries parse to."""
        module = self.arguments[0]
        names = " ".join(self.content).split()
        shown_in, brief = self.options.get("shown-in", ""), "brief" in self.options
        lines = render(module, names, shown_in=shown_in, brief=brief)
        text = StringList(["```{eval-rst}", *lines, "```"], source=f"public names of {module}")
        return nested_parse_to_nodes(self.state, text)


def hide_long_signatures(
    app: Sphinx, what: str, name: str, value: Any, options: Any, signature: str, returned: str
) -> tuple[str, str] | None:
    """Return no signature for a model: the table of its fields says the same, readably."""
    hidden = what == "class" and isinstance(value, type) and issubclass(value, BaseModel)
    return ("", "") if hidden else None


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("public-names", PublicNames)
    app.connect("autodoc-process-signature", hide_long_signatures)
    return {"parallel_read_safe": True}
