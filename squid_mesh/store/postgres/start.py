"""Starting a run on PostgreSQL in one statement."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from django.db import connections

from squid_mesh.store.locks import retry_on_deadlock
from squid_mesh.store.postgres.notifications import CHANNEL
from squid_mesh.store.values import NewRun

_START: Final = """
WITH definition AS (
    INSERT INTO squid_mesh_definition (fingerprint, workflow, blueprint, created_at)
    SELECT %(fingerprint)s, %(workflow)s, %(blueprint)s::jsonb, statement_timestamp()
    WHERE NOT EXISTS (SELECT 1 FROM squid_mesh_definition WHERE fingerprint = %(fingerprint)s)
    ON CONFLICT DO NOTHING
), run AS (
    INSERT INTO squid_mesh_run (id, workflow, definition_id, definition_format, trigger, status, payload,
        secrets, by_default, idempotency_key, subject_type, subject_id, tags, schedule, trace, replay_of_id,
        event_count, created_at)
    VALUES (%(id)s, %(workflow)s, %(fingerprint)s, %(format)s, %(trigger)s, 'pending', %(payload)s::jsonb,
        %(secrets)s::jsonb, %(by_default)s::jsonb, %(key)s, %(subject_type)s, %(subject_id)s,
        to_jsonb(%(tags)s::text[]), %(schedule)s::jsonb, %(trace)s::jsonb, %(replay_of)s,
        jsonb_array_length(%(events)s::jsonb), statement_timestamp())
    ON CONFLICT (workflow, idempotency_key) DO NOTHING
    RETURNING id, created_at
), steps AS (
    INSERT INTO squid_mesh_steprun (run_id, name, visit, map_index, status, outcome, waiting_for, due_at,
        worker, attempt_number, failures, crashes, deferrals, current, created_at)
    SELECT run.id, entry.name, 1, 0, 'ready', '', '', coalesce(%(start_at)s, statement_timestamp()), '',
        0, 0, 0, 0, true, statement_timestamp()
    FROM run, unnest(%(entries)s::text[]) WITH ORDINALITY entry (name, n) ORDER BY entry.n
), events AS (
    INSERT INTO squid_mesh_auditevent (run_id, sequence, type, step, actor_key, actor_text, comment, data,
        created_at)
    SELECT run.id, event.n, event.data ->> 'type', event.data ->> 'step',
        event.data ->> 'actor_key', event.data ->> 'actor_text', event.data ->> 'comment',
        event.data -> 'data', statement_timestamp()
    FROM run, jsonb_array_elements(%(events)s::jsonb) WITH ORDINALITY event (data, n)
)
"""
# Sent only with tags: most runs have none, and planning this part takes time.
_TAG: Final = """, tagged AS (
    INSERT INTO squid_mesh_runtag (run_id, tag, created_at)
    SELECT run.id, tag, run.created_at FROM run, unnest(%(tags)s::text[]) tag
)
"""
_NOTIFY: Final = f"SELECT created_at, pg_notify('{CHANNEL}', '') FROM run"  # noqa: S608 - no user text


def start_run(new: NewRun, using: str) -> datetime | None:
    """Write the run and return when it was created; None, and nothing written, if its key is taken."""
    return retry_on_deadlock(lambda: _write(new, using), using)


def _write(new: NewRun, using: str) -> datetime | None:
    values: dict[str, Any] = {
        "id": new.id,
        "workflow": new.workflow,
        "fingerprint": new.fingerprint,
        "format": new.format,
        "blueprint": new.blueprint,
        "trigger": new.trigger,
        "payload": json.dumps(dict(new.payload)),
        "secrets": None if new.secrets is None else json.dumps(new.secrets),
        "by_default": None if new.by_default is None else json.dumps(new.by_default),
        "key": new.idempotency_key,
        "subject_type": new.subject_type,
        "subject_id": new.subject_id,
        "tags": list(new.tags),
        "start_at": new.start_at,
        "schedule": _json(new.schedule),
        "trace": _json(new.trace),
        "replay_of": new.replay_of,
        "entries": list(new.entries),
        "events": json.dumps(
            [
                {
                    "type": event.type.value,
                    "step": event.step,
                    "actor_key": event.actor_key,
                    "actor_text": event.actor_text,
                    "comment": event.comment,
                    "data": dict(event.data),
                }
                for event in new.events
            ]
        ),
    }
    with connections[using].cursor() as cursor:
        cursor.execute(_START + (_TAG if new.tags else "") + _NOTIFY, values)
        row = cursor.fetchone()
    return None if row is None else row[0].astimezone(UTC)


def _json(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else json.dumps(dict(value))
