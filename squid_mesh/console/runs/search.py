"""Searching runs: by ID, idempotency key and subject, each with an index; by payload among the newest."""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

from django.apps import apps
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from squid_mesh import api, conf
from squid_mesh.exceptions import InvalidArgument
from squid_mesh.models import Definition, Run

HELP: Final = _(
    "Run ID (or its first 8 or more characters), idempotency key, or subject ID. "
    "Prefix with payload: to search the payload text of the newest 10,000 runs."
)
PAYLOAD: Final = "payload:"
_SHORTEST_ID: Final = 8


def search_runs(runs: QuerySet[Run], term: str) -> QuerySet[Run]:
    """Return those of the runs that the term finds."""
    term = term.strip()
    if not term:
        return runs
    if term.lower().startswith(PAYLOAD):
        text = term[len(PAYLOAD) :].strip()
        return _search_payloads(runs, text) if text else runs
    return runs.filter(_match_key_or_subject(term) | _match_id(term))


def _search_payloads(runs: QuerySet[Run], text: str) -> QuerySet[Run]:
    try:
        return runs.filter(pk__in=api.find_runs_by_payload(text))
    except InvalidArgument:  # too long
        return runs.none()


def list_workflows_with_runs() -> list[str]:
    """Return the workflows that have or had runs. One query on the definitions, which are few."""
    definitions = Definition.objects.using(conf.database()).order_by()
    return list(definitions.values_list("workflow", flat=True).distinct())


def _match_key_or_subject(term: str) -> Q:
    """Match an idempotency key or a subject; the indexes are used because their first columns are given."""
    models = ["", *(model._meta.label_lower for model in apps.get_models())]
    by_key = Q(workflow__in=list_workflows_with_runs(), idempotency_key=term)
    return by_key | Q(subject_type__in=models, subject_id=term)


def _match_id(term: str) -> Q:
    digits = re.sub(r"[{}\s-]", "", term.lower())
    if not _SHORTEST_ID <= len(digits) <= 32 or re.fullmatch(r"[0-9a-f]+", digits) is None:
        return Q()
    first, last = UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
    return Q(pk=first) if first == last else Q(pk__gte=first, pk__lte=last)
