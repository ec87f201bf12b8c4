"""Every situation that an explanation can meet, built by the real engine: at least one for each reason."""

from tests.integration.inspection.explain.situations import failed, held, over, unreadable, waiting, working
from tests.integration.inspection.explain.situations.situation import (
    SITUATIONS,
    build_situation,
    long_ago,
    lost,
)

__all__ = [
    "SITUATIONS",
    "build_situation",
    "failed",
    "held",
    "long_ago",
    "lost",
    "over",
    "unreadable",
    "waiting",
    "working",
]
