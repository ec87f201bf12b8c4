"""The form of an action's page, built from the fields of the action's spec."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any, assert_never

from django import forms
from django.utils.translation import gettext as _

from squid_mesh import api
from squid_mesh.actions import SPECS, Field
from squid_mesh.console.actions.effects import Way
from squid_mesh.console.base.submissions import make_submission_key, read_submission_key
from squid_mesh.console.forms.fields import JsonField, JsonTextarea, mask_like
from squid_mesh.console.forms.json_schema import MISSING


class ActionForm(forms.Form):
    """The fields of one action, each named like the argument of the api function."""

    use_required_attribute = False
    required: frozenset[str] = frozenset()
    visit = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def values(self) -> dict[str, Any]:
        """Return the arguments for the api function. The form is valid."""
        found = {name: value for name, value in self.cleaned_data.items() if name != "visit"}
        return {
            name: value.strip() if isinstance(value, str) else value
            for name, value in found.items()
            if value is not MISSING
        }


class _PayloadField(JsonField):
    """The payload of a new run; MISSING if it is unchanged, so that masked secrets keep their values."""

    def __init__(self, payload: Any, **options: Any) -> None:
        super().__init__(initial=json.dumps(payload, indent=2, ensure_ascii=False), **options)
        self.payload = payload

    def clean(self, value: Any) -> Any:
        """Return the payload, or MISSING if it is unchanged."""
        if self._is_unchanged(value):
            return MISSING
        read = super().clean(value)
        if read is not MISSING and not isinstance(read, dict):
            raise forms.ValidationError(_("The payload must be a JSON object."))
        return read

    def _is_unchanged(self, value: Any) -> bool:
        try:
            return bool(json.loads(value or "") == self.payload)
        except (ValueError, RecursionError):
            return False


class _SubmissionField(forms.CharField):
    """The key of the form's submission; None if it has none."""

    def clean(self, value: Any) -> str | None:
        """Return the key that the form was shown with."""
        return read_submission_key(value)


def build_form(
    offer: api.NextAction, run: api.RunSnapshot | None, ways: Sequence[Way], *, data: Any, may_override: bool
) -> ActionForm:
    """Return the action's form; bound if ``data`` was posted.

    ``run`` is None if the user may not view it: the form then doesn't show its payload.
    """
    form = ActionForm(data, initial={"visit": offer.visit})
    for name in SPECS[offer.action].fields:
        field = _build_field(name, offer, run, ways, may_override=may_override)
        if field is not None:
            form.fields[name.value] = field
    form.required = frozenset({Field.TEXT.value})
    return form


def _build_field(  # noqa: C901 - one branch for each field
    name: Field,
    offer: api.NextAction,
    run: api.RunSnapshot | None,
    ways: Sequence[Way],
    *,
    may_override: bool,
) -> forms.Field | None:
    """Return the form field, or None if the page asks in another way or doesn't ask at all."""
    match name:
        case Field.REASON:
            return _text_field(_("Reason"))
        case Field.COMMENT:
            return _text_field(_("Comment"))
        case Field.TEXT:
            return _text_field(_("Comment"), required=True)
        case Field.PAYLOAD:
            return None if run is None else _payload_field(run.payload)
        case Field.OUTCOME:
            return _outcome_field(ways)
        case Field.OUTPUT:
            return JsonField(
                required=False,
                label=_("Output"),
                help_text=_("JSON, as the step would return it. Leave empty for no output."),
                widget=JsonTextarea({"rows": 6, "spellcheck": "false", "class": "sqm-mono"}),
            )
        case Field.ALLOW_IRREVERSIBLE:
            if not (offer.irreversible and may_override):
                return None
            label = _("Repeat irreversible steps: %(steps)s") % {"steps": ", ".join(offer.irreversible)}
            return forms.BooleanField(required=False, label=label)
        case Field.IDEMPOTENCY_KEY:
            return _SubmissionField(required=False, initial=make_submission_key(), widget=forms.HiddenInput)
        case Field.EXIT | Field.DATA:  # the approval's buttons, and its own form
            return None
        case _:
            assert_never(name)


def _text_field(label: str, *, required: bool = False) -> forms.Field:
    return forms.CharField(
        required=required,
        label=label,
        help_text=_("Saved in the run’s history."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _payload_field(payload: Any) -> forms.Field:
    return _PayloadField(
        payload,
        required=False,
        label=_("Payload"),
        help_text=_("JSON. If you leave it unchanged, the new run has the same payload with its secrets."),
        widget=JsonTextarea(
            {"rows": 10, "spellcheck": "false", "class": "sqm-mono"}, hide=partial(mask_like, payload)
        ),
    )


def _outcome_field(ways: Sequence[Way]) -> forms.Field:
    text = _("%(outcome)s – next: %(next)s")
    return forms.ChoiceField(
        label=_("Result"),
        choices=[(way.exit, text % {"outcome": way.label, "next": way.leads_to}) for way in ways],
        initial=ways[0].exit if ways else None,
        widget=forms.RadioSelect,
    )
