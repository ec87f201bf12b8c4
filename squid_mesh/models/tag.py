"""The tags of runs as rows, so that an index finds the runs with a tag."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from squid_mesh.definitions.values.tags import MAX_TAG_LENGTH
from squid_mesh.models.exact_text import ExactCharField
from squid_mesh.models.run import Run
from squid_mesh.models.utc_times import UtcDateTimeField


class RunTag(models.Model):
    """One tag of one run: the index of ``Run.tags``. ``created_at`` is the run's."""

    pk = models.CompositePrimaryKey("run_id", "tag")
    run = models.ForeignKey(
        Run, on_delete=models.CASCADE, related_name="tagged", db_index=False, verbose_name=_("run")
    )
    tag = ExactCharField(_("tag"), max_length=MAX_TAG_LENGTH)
    created_at = UtcDateTimeField(_("created at"))

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        default_permissions = ()
        indexes = (models.Index(fields=("tag", "-created_at", "-run"), name="squid_mesh_runtag_newest"),)

    def __str__(self) -> str:
        return self.tag
