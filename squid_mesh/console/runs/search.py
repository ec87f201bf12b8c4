"""Searching runs: by ID, idempotency key and subject, each with an index; by payload among the newest."""

from __future__ import annotations

from typing import Final

from django.apps import apps
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from squid_mesh import api, conf
from squid_mesh.exceptions import LimitExceeded
from squid_mesh.inspection.runs.by_id import match_id
from squid_mesh.models import Definition, Run

HELP: Final = _(
    "Run ID (or its first 8 or more characters), idempotency key, or subject ID. "
    "Prefix with payload: to search the payload text of the newest 10,000 runs."
)
PAYLOAD: Final = "payload:"


def search_runs(runs: QuerySet[Run], term: str) -> QuerySet[Run]:
    """Return those of the runs that the term finds."""
    term = term.strip()
    if not term:
        return runs
    if term.lower().startswith(PAYLOAD):
        text = term[len(PAYLOAD) :].strip()
        try:
            return runs.filter(pk__in=api.find_runs_by_payload(text)) if text else runs
        except LimitExceeded:
            return runs.none()
    return runs.filter(_match_key_or_subject(term) | match_id(term))


def list_workflows_with_runs() -> list[str]:
    """Return the workflows that have or had runs. One query on the definitions, which are few."""
    definitions = Definition.objects.using(conf.database()).order_by()
    return list(definitions.values_list("workflow", flat=True).distinct())


def _match_key_or_subject(term: str) -> Q:
    """Match an idempotency key or a subject; the indexes are used because their first columns are given."""
    models = ["", *(model._meta.label_lower for model in apps.get_models())]
    by_key = Q(workflow__in=list_workflows_with_runs(), idempotency_key=term)
    return by_key | Q(subject_type__in=models, subject_id=term)
