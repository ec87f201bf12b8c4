"""The text for a stored value that this version of Squid Mesh doesn't know."""

from __future__ import annotations

from django.utils.translation import gettext as _


def label_unknown(value: str) -> str:
    """Return a text that shows the value and says where it may come from: a newer version wrote it."""
    return _("unknown value '%(value)s', written by a newer version") % {"value": value}
