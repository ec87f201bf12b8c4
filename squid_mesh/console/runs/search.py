"""Searching runs: by id, idempotency key and subject, each by an index; by payload, among the newest."""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

from django.apps import apps
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from squid_mesh import api, conf
from squid_mesh.models import Definition, Run

HELP: Final = _(
    "A run’s id or its first 8 characters or more, an idempotency key, or the subject’s id. With “payload:” "
    "before it, a text in the payloads of the newest 10,000 runs."
)
PAYLOAD: Final = "payload:"
_SHORTEST: Final = 8


def search(runs: QuerySet[Run], term: str) -> QuerySet[Run]:
    """Those of the runs that the term finds."""
    term = term.strip()
    if not term:
        return runs
    if term.lower().startswith(PAYLOAD):
        text = term[len(PAYLOAD) :].strip()
        return runs.filter(pk__in=api.find_runs_by_payload(text)) if text else runs
    return runs.filter(_named(term) | _with_id(term))


def _named(term: str) -> Q:
    """The columns that indexes begin with are given all their values, so that the indexes are used."""
    models = ["", *(model._meta.label_lower for model in apps.get_models())]
    return Q(workflow__in=list_workflows_with_runs(), idempotency_key=term) | Q(
        subject_type__in=models, subject_id=term
    )


def list_workflows_with_runs() -> list[str]:
    """The workflows that have runs, or had. One query, of a table with a row for each version of them."""
    definitions = Definition.objects.using(conf.database()).order_by()
    return list(definitions.values_list("workflow", flat=True).distinct())


def _with_id(term: str) -> Q:
    digits = re.sub(r"[{}\s-]", "", term.lower())
    if not _SHORTEST <= len(digits) <= 32 or re.fullmatch(r"[0-9a-f]+", digits) is None:
        return Q()
    first, last = UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
    return Q(pk=first) if first == last else Q(pk__gte=first, pk__lte=last)
