"""The form field of a date and time, in the current timezone unless the model wants it without one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from squid_mesh.console.forms.json_schema import MISSING


class DateTimeInput(forms.TextInput):
    """A browser's input of a date and time; a plain text where the time needs its offset from UTC."""

    input_type = "datetime-local"

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Return the context. Seconds and their fractions are allowed."""
        return super().get_context(name, value, {**(attrs or {}), "step": "any"})


class DateTimeField(forms.CharField):
    """A date and time in ISO format. ``value`` is the one to begin with, as JSON has it.

    An unchanged field returns that value exactly. A time of the current timezone that occurs twice, because
    the clocks go back, needs its offset; one that the clocks skip is refused. A text that is no time stays.
    ``naive``: the time has no timezone.
    """

    def __init__(self, value: str, *, naive: bool, **options: Any) -> None:
        self.value, self.naive = value, naive
        self.shown = value if naive else _format_local(value)
        super().__init__(widget=DateTimeInput(), **{**options, "initial": self.shown or None})
        self._show_as_text(self.shown)

    def clean(self, value: Any) -> Any:
        """Return the time in ISO format; MISSING if the field is empty."""
        text = super().clean(value)
        self._show_as_text(text)
        if not text:
            return MISSING
        if self.shown and text == self.shown:
            return self.value
        return text if self.naive else self._read(text)

    def _read(self, text: str) -> str:
        try:
            time = parse_datetime(text)
        except ValueError:  # well formed, but not a date: 31 February
            return text
        if time is None or time.tzinfo is not None:
            return text
        first, second = (timezone.make_aware(time.replace(fold=fold)) for fold in (0, 1))
        before, after = first.utcoffset(), second.utcoffset()
        assert before is not None and after is not None  # noqa: S101, PT018 - both are aware
        if before == after:
            return first.isoformat()
        self.widget.input_type = "text"
        if before > after:
            text = _("This time occurs twice on that day. Add its offset: %(first)s or %(second)s.")
            names = {"first": first.isoformat(), "second": second.isoformat()}
            raise forms.ValidationError(text, params=names)
        raise forms.ValidationError(_("This time doesn’t exist on that day: the clocks skip it."))

    def _show_as_text(self, text: str) -> None:
        """Use a plain input for a time with an offset: a browser shows such a value only there."""
        self.widget.input_type = "text" if _has_offset(text) else DateTimeInput.input_type


def _has_offset(text: str) -> bool:
    time = _parse(text)
    return time is not None and time.tzinfo is not None


def _parse(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _format_local(text: str) -> str:
    """Return the time as the current timezone's clocks show it, with its offset if they show it twice."""
    time = _parse(text)
    if time is None:
        return text
    local = timezone.localtime(time) if time.tzinfo else timezone.make_aware(time)
    timespec = "milliseconds" if local.microsecond else "seconds"
    naive = local.replace(tzinfo=None, fold=0)
    if timezone.make_aware(naive).utcoffset() != timezone.make_aware(naive.replace(fold=1)).utcoffset():
        return local.isoformat(timespec=timespec)
    return naive.isoformat(timespec=timespec)
