"""The tags of runs as rows, so that an index finds the runs with a tag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext_lazy as _

from squid_mesh.definitions.values.tags import MAX_TAG_LENGTH
from squid_mesh.models.run import Run

if TYPE_CHECKING:
    Base = models.CharField[str, str]
else:
    Base = models.CharField


class ExactCharField(Base):
    """A text that is compared character by character on every database.

    MariaDB's default collations treat ``VIP`` and ``vip`` as equal, and ``é`` and ``e``.
    """

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
        """Return a text's parameters, with a binary collation on MySQL and MariaDB."""
        parameters: dict[str, Any] = super().db_parameters(connection)
        if connection.vendor == "mysql":
            parameters["collation"] = "utf8mb4_bin"
        return parameters


class RunTag(models.Model):
    """One tag of one run: the index of ``Run.tags``. ``created_at`` is the run's."""

    pk = models.CompositePrimaryKey("run_id", "tag")
    run = models.ForeignKey(
        Run, on_delete=models.CASCADE, related_name="tagged", db_index=False, verbose_name=_("run")
    )
    tag = ExactCharField(_("tag"), max_length=MAX_TAG_LENGTH)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        default_permissions = ()
        indexes = (models.Index(fields=("tag", "-created_at", "-run"), name="squid_mesh_runtag_newest"),)

    def __str__(self) -> str:
        return self.tag
