"""What an action's page asks: a form of its own for each action, beside the form of an approval."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from squid_mesh import api
from squid_mesh.actions import Action
from squid_mesh.console.actions.calls import Wish
from squid_mesh.console.actions.effects import Way
from squid_mesh.console.forms.fields import Json, JsonTextarea, mask_like
from squid_mesh.console.forms.json_schema import MISSING

#: Where the api says that an argument is wrong, the field that asked for it.
FIELDS: Final = {
    "text": "reason",
    "reason": "reason",
    "comment": "reason",
    "output": "data",
    "outcome": "exit",
    "payload": "data",
}


class ActForm(forms.Form):
    """Why, and whatever else the action needs."""

    use_required_attribute = False
    required: frozenset[str] = frozenset()
    reason = forms.CharField(
        required=False,
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("It stands in the run’s history."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    visit = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def wish(self, run_id: UUID, action: Action, step: str) -> Wish:
        """What is wished for. The form is valid."""
        said = self.cleaned_data
        data = said.get("data", MISSING)
        return Wish(
            run_id=run_id,
            action=action,
            step=step,
            visit=said["visit"],
            exit=said.get("exit", ""),
            reason=said["reason"].strip(),
            data=None if data is MISSING else data,
            allow_irreversible=bool(said.get("allow_irreversible")),
        )


class CommentForm(ActForm):
    """A comment has some text."""

    required = frozenset({"reason"})
    reason = forms.CharField(label=gettext_lazy("Comment"), widget=forms.Textarea(attrs={"rows": 3}))


class DecisionForm(ActForm):
    """The buttons say which exit."""

    reason = forms.CharField(
        required=False,
        label=gettext_lazy("Comment"),
        help_text=gettext_lazy("It stands in the run’s history."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class _Payload(Json):
    """The payload of a new run; MISSING where it was left as it is: its masks stand for what stays."""

    def __init__(self, payload: Any, **options: Any) -> None:
        super().__init__(initial=json.dumps(payload, indent=2, ensure_ascii=False), **options)
        self.payload = payload

    def clean(self, value: Any) -> Any:
        """The payload, or MISSING where it is the same."""
        if self._same(value):
            return MISSING
        read = super().clean(value)
        if read is not MISSING and not isinstance(read, dict):
            raise forms.ValidationError(_("A payload is a JSON object, with braces around it."))
        return read

    def _same(self, value: Any) -> bool:
        try:
            return bool(json.loads(value or "") == self.payload)
        except (ValueError, RecursionError):
            return False


class ReplayForm(ActForm):
    """The payload, to be changed or left."""

    def __init__(self, *args: Any, payload: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["data"] = _Payload(
            payload,
            required=False,
            label=_("Payload"),
            help_text=_("JSON. Left as it is, the payload is the same, with its secrets."),
            widget=JsonTextarea(
                {"rows": 10, "spellcheck": "false", "class": "sqm-mono"}, hide=partial(mask_like, payload)
            ),
        )
        self.order_fields(["data", "reason"])


class ResolveForm(ActForm):
    """What it came to, and what it gave."""

    def __init__(self, *args: Any, ways: Sequence[Way], **options: Any) -> None:
        super().__init__(*args, **options)
        told = _("%(what)s. Then: %(then)s")
        choices = [(way.exit, told % {"what": way.label, "then": way.leads_to}) for way in ways]
        self.fields["exit"] = forms.ChoiceField(
            label=_("What it came to"), choices=choices, initial=ways[0].exit, widget=forms.RadioSelect
        )
        self.fields["data"] = Json(
            required=False,
            label=_("Output"),
            help_text=_("JSON, as the step would have returned it. Left empty, it has none."),
            widget=JsonTextarea({"rows": 6, "spellcheck": "false", "class": "sqm-mono"}),
        )
        self.order_fields(["exit", "data", "reason"])


def act_form(
    offer: api.NextAction, run: api.RunSnapshot | None, ways: Sequence[Way], *, data: Any, may_override: bool
) -> ActForm:
    """The form of that action; bound where ``data`` was posted. ``run`` is None for who may not view it."""
    initial = {"visit": offer.visit}
    form: ActForm
    match offer.action:
        case Action.COMMENT:
            form = CommentForm(data, initial=initial)
        case Action.DECIDE:
            form = DecisionForm(data, initial=initial)
        case Action.REPLAY if run is not None:
            form = ReplayForm(data, initial=initial, payload=run.payload)
        case Action.RESOLVE:
            form = ResolveForm(data, initial=initial, ways=ways)
        case _:
            form = ActForm(data, initial=initial)
    if offer.irreversible and may_override:
        form.fields["allow_irreversible"] = forms.BooleanField(
            required=False,
            label=_("Repeat what can’t be undone: %(steps)s") % {"steps": ", ".join(offer.irreversible)},
        )
    return form
