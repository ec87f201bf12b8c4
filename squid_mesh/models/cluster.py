"""Clusters that execute workflows. Each renews its row every few seconds."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from squid_mesh.models.exact_text import ExactCharField
from squid_mesh.models.utc_times import UtcDateTimeField


class Cluster(models.Model):
    """One cluster while it runs. ``pid`` is its main process's. Times are the database's."""

    id = models.BigAutoField(primary_key=True)
    name = ExactCharField(_("name"), max_length=100)
    host = ExactCharField(_("host"), max_length=200)
    pid = models.PositiveIntegerField(_("process"))
    workers = models.PositiveIntegerField(_("workers"))
    version = ExactCharField(_("version"), max_length=50)
    started_at = UtcDateTimeField(_("started at"))
    seen_at = UtcDateTimeField(_("seen at"))

    class Meta:
        verbose_name = _("cluster")
        verbose_name_plural = _("clusters")
        default_permissions = ("view",)
        ordering = ("-seen_at", "-id")

    def __str__(self) -> str:
        return f"{self.name} on {self.host} ({self.pid})"
