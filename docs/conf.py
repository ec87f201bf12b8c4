"""Configuration of the documentation site, which ``make docs`` builds without network."""

from __future__ import annotations

import shutil
import sys
import tomllib
from pathlib import Path
from typing import Final

import django
from django.conf import settings
from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

HERE: Final = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

settings.configure(
    INSTALLED_APPS=[
        *("django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes"),
        *("django.contrib.messages", "django.contrib.sessions", "django_q", "squid_mesh"),
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    Q_CLUSTER={"orm": "default", "timeout": 60, "retry": 120},
    USE_TZ=True,
)
django.setup()

project = "Squid Mesh"
author = "The Squid Mesh contributors"
release = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
version = release

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "docs._ext.public_names",
    "docs._ext.workflow_graph",
]
html_theme = "furo"
html_title = f"Squid Mesh {release}"
html_show_copyright = False
html_static_path = ["_static", "../squid_mesh/static/squid_mesh/diagram.css"]
html_css_files = ["diagram.css", "site.css"]
html_extra_path = ["explanation.schema.json", "llms.txt"]

nitpicky = True
# Names of other packages, and classes in signatures that aren't public: this site has no page on them.
nitpick_ignore_regex = [
    (r"py:.*", r"(?!squid_mesh\b).*"),
    (r"py:(class|obj|mod)", r"squid_mesh\.(?!api\.).*"),
]

myst_heading_anchors = 4
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"


def setup(app: Sphinx) -> None:
    """Register what the site needs beside the extensions."""
    app.add_lexer("mermaid", TextLexer)  # as text: drawing it would need a script of another site
    app.connect("build-finished", copy_pages)


def copy_pages(app: Sphinx, error: Exception | None) -> None:
    """Copy the pages as they are written beside their HTML: ``llms.txt`` links to them."""
    for page in app.srcdir.rglob("*.md"):
        copy = app.outdir / page.relative_to(app.srcdir)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(page, copy)
