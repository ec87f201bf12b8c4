"""The items that were sent."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from squid_mesh.models import ExactCharField


class SentItem(models.Model):
    """An item of a feed that a digest contained. It is never sent again."""

    feed_url = ExactCharField(max_length=500)
    guid = ExactCharField(max_length=200)
    title = models.CharField(max_length=300)
    sent_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-sent_at", "-pk")
        constraints = (models.UniqueConstraint(fields=("feed_url", "guid"), name="digest_item_sent_once"),)

    def __str__(self) -> str:
        return self.title
