"""Clusters that execute workflows. Each renews its row every few seconds."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from squid_mesh.models.exact_text import ExactCharField
from squid_mesh.models.stored_json import Shape, StoredJSONField
from squid_mesh.models.utc_times import UtcDateTimeField


class Cluster(models.Model):
    """One cluster while it runs. ``pid`` is its main process's. Times are the database's.

    ``unstarted_since``: since then no worker has started anything although there is work.
    ``unhandled_since``: since then the monitor has handled no result although there is one.
    ``missing`` lists what it can't run, each as a text: the definition's fingerprint, and for a step whose
    code it doesn't have also the step's name and the code's path.
    """

    id = models.BigAutoField(primary_key=True)
    name = ExactCharField(_("name"), max_length=100)
    host = ExactCharField(_("host"), max_length=200)
    pid = models.PositiveIntegerField(_("process"))
    workers = models.PositiveIntegerField(_("workers"))
    version = ExactCharField(_("version"), max_length=50)
    supervised = models.BooleanField(_("supervised"), default=False)
    started_at = UtcDateTimeField(_("started at"))
    seen_at = UtcDateTimeField(_("seen at"))
    unstarted_since = UtcDateTimeField(_("nothing started since"), null=True, blank=True)
    unhandled_since = UtcDateTimeField(_("no result handled since"), null=True, blank=True)
    missing = StoredJSONField(_("missing code"), shape=Shape.TEXTS, null=True, blank=True)

    class Meta:
        verbose_name = _("cluster")
        verbose_name_plural = _("clusters")
        default_permissions = ("view",)
        ordering = ("-seen_at", "-id")

    def __str__(self) -> str:
        return f"{self.name} on {self.host} ({self.pid})"
