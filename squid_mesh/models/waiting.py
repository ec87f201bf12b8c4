"""The held steps by the name under which the admin lists them; there is no table of them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from squid_mesh.models.step import StepRun


class Waiting(StepRun):
    """What waits for a person: the admin's index links to it for those who may do something about it."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("waiting for me")
        verbose_name_plural = _("waiting for me")
