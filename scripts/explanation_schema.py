"""Write the published JSON schema of explanations, ``docs/explanation.schema.json``."""

from __future__ import annotations

import json
from pathlib import Path

from squid_mesh.inspection.explain.explanation import Explanation

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "explanation.schema.json"


def text() -> str:
    """Return the text of the file."""
    return json.dumps(Explanation.model_json_schema(mode="serialization"), indent=2) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(text())
