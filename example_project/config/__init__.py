"""The project: settings, URLs, WSGI. Adds the repository to the path, so that ``squid_mesh`` is found."""

import sys
from pathlib import Path

_REPOSITORY = str(Path(__file__).resolve().parents[2])
if _REPOSITORY not in sys.path:
    sys.path.insert(0, _REPOSITORY)
