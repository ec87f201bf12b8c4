"""Every situation that an explanation can meet, built by the real engine: at least one for each reason."""

from tests.integration.explain.situations import failed, held, over, waiting, working
from tests.integration.explain.situations.situation import SITUATIONS, brought_about, long_ago, lost

__all__ = [
    "SITUATIONS",
    "brought_about",
    "failed",
    "held",
    "long_ago",
    "lost",
    "over",
    "waiting",
    "working",
]
