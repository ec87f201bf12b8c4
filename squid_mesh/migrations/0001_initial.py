"""The first schema."""

import django.db.models.deletion
from django.db import migrations, models

import squid_mesh.models.exact_text
import squid_mesh.models.utc_times
import squid_mesh.models.uuid7


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Cluster",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", squid_mesh.models.exact_text.ExactCharField(max_length=100, verbose_name="name")),
                ("host", squid_mesh.models.exact_text.ExactCharField(max_length=200, verbose_name="host")),
                ("pid", models.PositiveIntegerField(verbose_name="process")),
                ("workers", models.PositiveIntegerField(verbose_name="workers")),
                (
                    "version",
                    squid_mesh.models.exact_text.ExactCharField(max_length=50, verbose_name="version"),
                ),
                ("supervised", models.BooleanField(default=False, verbose_name="supervised")),
                ("started_at", squid_mesh.models.utc_times.UtcDateTimeField(verbose_name="started at")),
                ("seen_at", squid_mesh.models.utc_times.UtcDateTimeField(verbose_name="seen at")),
                (
                    "unstarted_since",
                    squid_mesh.models.utc_times.UtcDateTimeField(
                        blank=True, null=True, verbose_name="nothing started since"
                    ),
                ),
                (
                    "unhandled_since",
                    squid_mesh.models.utc_times.UtcDateTimeField(
                        blank=True, null=True, verbose_name="no result handled since"
                    ),
                ),
                (
                    "missing",
                    models.JSONField(blank=True, null=True, verbose_name="missing code"),
                ),
            ],
            options={
                "verbose_name": "cluster",
                "verbose_name_plural": "clusters",
                "ordering": ("-seen_at", "-id"),
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="Definition",
            fields=[
                (
                    "fingerprint",
                    squid_mesh.models.exact_text.ExactCharField(
                        max_length=64, primary_key=True, serialize=False, verbose_name="fingerprint"
                    ),
                ),
                (
                    "workflow",
                    squid_mesh.models.exact_text.ExactCharField(max_length=200, verbose_name="workflow"),
                ),
                ("blueprint", models.JSONField(verbose_name="blueprint")),
                ("created_at", squid_mesh.models.utc_times.UtcDateTimeField(verbose_name="created at")),
            ],
            options={
                "verbose_name": "definition",
                "verbose_name_plural": "definitions",
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="Run",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=squid_mesh.models.uuid7.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                        verbose_name="id",
                    ),
                ),
                (
                    "workflow",
                    squid_mesh.models.exact_text.ExactCharField(max_length=200, verbose_name="workflow"),
                ),
                (
                    "definition_format",
                    models.PositiveSmallIntegerField(verbose_name="format of the definition"),
                ),
                (
                    "trigger",
                    squid_mesh.models.exact_text.ExactCharField(max_length=100, verbose_name="trigger"),
                ),
                ("status", squid_mesh.models.exact_text.ExactCharField(max_length=16, verbose_name="status")),
                ("payload", models.JSONField(verbose_name="payload")),
                ("secrets", models.JSONField(blank=True, null=True, verbose_name="secrets")),
                ("by_default", models.JSONField(blank=True, null=True, verbose_name="made by defaults")),
                ("error", models.JSONField(blank=True, null=True, verbose_name="error")),
                (
                    "idempotency_key",
                    squid_mesh.models.exact_text.ExactCharField(
                        blank=True, max_length=200, null=True, verbose_name="idempotency key"
                    ),
                ),
                (
                    "subject_type",
                    squid_mesh.models.exact_text.ExactCharField(
                        blank=True, default="", max_length=200, verbose_name="subject type"
                    ),
                ),
                (
                    "subject_id",
                    squid_mesh.models.exact_text.ExactCharField(
                        blank=True, default="", max_length=200, verbose_name="subject id"
                    ),
                ),
                ("tags", models.JSONField(blank=True, default=list, verbose_name="tags")),
                ("schedule", models.JSONField(blank=True, null=True, verbose_name="schedule")),
                ("trace", models.JSONField(blank=True, null=True, verbose_name="trace")),
                ("event_count", models.PositiveIntegerField(default=0, verbose_name="number of events")),
                ("created_at", squid_mesh.models.utc_times.UtcDateTimeField(verbose_name="created at")),
                (
                    "started_at",
                    squid_mesh.models.utc_times.UtcDateTimeField(
                        blank=True, null=True, verbose_name="started at"
                    ),
                ),
                (
                    "finished_at",
                    squid_mesh.models.utc_times.UtcDateTimeField(
                        blank=True, null=True, verbose_name="finished at"
                    ),
                ),
                (
                    "definition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="squid_mesh.definition",
                        verbose_name="definition",
                    ),
                ),
                (
                    "replay_of",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="replays",
                        to="squid_mesh.run",
                        verbose_name="replay of",
                    ),
                ),
            ],
            options={
                "verbose_name": "run",
                "verbose_name_plural": "runs",
                "ordering": ("-created_at", "-id"),
                "permissions": (
                    ("cancel_run", "Can cancel runs"),
                    ("unblock_run", "Can resume paused runs"),
                    ("decide_approval", "Can decide approvals that name no decider"),
                    ("retry_step", "Can retry steps"),
                    ("skip_step", "Can skip steps"),
                    ("resolve_step", "Can mark steps as done or failed"),
                    ("rewind_run", "Can rewind runs"),
                    ("replay_run", "Can replay runs"),
                    ("comment_run", "Can comment on runs"),
                    ("override_irreversible", "Can repeat irreversible steps"),
                    ("start_run", "Can start runs"),
                    ("unmask_run", "Can reveal the secrets of runs"),
                ),
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="AuditEvent",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("sequence", models.PositiveIntegerField(verbose_name="sequence")),
                ("type", squid_mesh.models.exact_text.ExactCharField(max_length=40, verbose_name="type")),
                (
                    "step",
                    squid_mesh.models.exact_text.ExactCharField(
                        blank=True, default="", max_length=100, verbose_name="step"
                    ),
                ),
                (
                    "actor_key",
                    squid_mesh.models.exact_text.ExactCharField(
                        blank=True, default="", max_length=255, verbose_name="actor's key"
                    ),
                ),
                (
                    "actor_text",
                    squid_mesh.models.exact_text.ExactCharField(
                        blank=True, default="", max_length=200, verbose_name="actor"
                    ),
                ),
                (
                    "comment",
                    squid_mesh.models.exact_text.ExactTextField(
                        blank=True, default="", verbose_name="comment"
                    ),
                ),
                ("data", models.JSONField(blank=True, default=dict, verbose_name="data")),
                ("created_at", squid_mesh.models.utc_times.UtcDateTimeField(verbose_name="created at")),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="events",
                        to="squid_mesh.run",
                        verbose_name="run",
                    ),
                ),
            ],
            options={
                "verbose_name": "audit event",
                "verbose_name_plural": "audit events",
                "ordering": ("run", "sequence"),
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="RunTag",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "run_id", "tag", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tag", squid_mesh.models.exact_text.ExactCharField(max_length=64, verbose_name="tag")),
                ("created_at", squid_mesh.models.utc_times.UtcDateTimeField(verbose_name="created at")),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tagged",
                        to="squid_mesh.run",
                        verbose_name="run",
                    ),
                ),
            ],
            options={
                "verbose_name": "tag",
                "verbose_name_plural": "tags",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="StepRun",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", squid_mesh.models.exact_text.ExactCharField(max_length=100, verbose_name="name")),
                ("visit", models.PositiveIntegerField(default=1, verbose_name="visit")),
                ("map_index", models.PositiveIntegerField(default=0, verbose_name="map index")),
                ("status", squid_mesh.models.exact_text.ExactCharField(max_length=16, verbose_name="status")),
                (
                    "outcome",
                    squid_mesh.models.exact_text.ExactCharField(
                        blank=True, default="", max_length=100, verbose_name="outcome"
                    ),
                ),
                (
                    "waiting_for",
                    squid_mesh.models.exact_text.ExactCharField(
                        blank=True, default="", max_length=16, verbose_name="waiting for"
                    ),
                ),
                (
                    "due_at",
                    squid_mesh.models.utc_times.UtcDateTimeField(
                        blank=True, null=True, verbose_name="due at"
                    ),
                ),
                ("claim_token", models.UUIDField(blank=True, null=True, verbose_name="claim token")),
                (
                    "lease_until",
                    squid_mesh.models.utc_times.UtcDateTimeField(
                        blank=True, null=True, verbose_name="lease until"
                    ),
                ),
                (
                    "worker",
                    squid_mesh.models.exact_text.ExactCharField(
                        blank=True, default="", max_length=200, verbose_name="worker"
                    ),
                ),
                ("attempt_number", models.PositiveIntegerField(default=0, verbose_name="attempt number")),
                ("failures", models.PositiveIntegerField(default=0, verbose_name="failures")),
                ("crashes", models.PositiveIntegerField(default=0, verbose_name="crashes")),
                ("deferrals", models.PositiveIntegerField(default=0, verbose_name="deferrals")),
                ("input", models.JSONField(blank=True, null=True, verbose_name="input")),
                ("output", models.JSONField(blank=True, null=True, verbose_name="output")),
                ("secrets", models.JSONField(blank=True, null=True, verbose_name="secrets")),
                ("error", models.JSONField(blank=True, null=True, verbose_name="error")),
                ("request", models.JSONField(blank=True, null=True, verbose_name="request")),
                ("current", models.BooleanField(default=True, verbose_name="current")),
                ("created_at", squid_mesh.models.utc_times.UtcDateTimeField(verbose_name="created at")),
                (
                    "started_at",
                    squid_mesh.models.utc_times.UtcDateTimeField(
                        blank=True, null=True, verbose_name="started at"
                    ),
                ),
                (
                    "finished_at",
                    squid_mesh.models.utc_times.UtcDateTimeField(
                        blank=True, null=True, verbose_name="finished at"
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="squid_mesh.run",
                        verbose_name="run",
                    ),
                ),
            ],
            options={
                "verbose_name": "step",
                "verbose_name_plural": "steps",
                "ordering": ("id",),
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("exit", squid_mesh.models.exact_text.ExactCharField(max_length=100, verbose_name="exit")),
                (
                    "actor_key",
                    squid_mesh.models.exact_text.ExactCharField(max_length=255, verbose_name="actor's key"),
                ),
                (
                    "actor_text",
                    squid_mesh.models.exact_text.ExactCharField(max_length=200, verbose_name="actor"),
                ),
                (
                    "comment",
                    squid_mesh.models.exact_text.ExactTextField(
                        blank=True, default="", verbose_name="comment"
                    ),
                ),
                ("data", models.JSONField(blank=True, null=True, verbose_name="data")),
                ("secrets", models.JSONField(blank=True, null=True, verbose_name="secrets")),
                ("created_at", squid_mesh.models.utc_times.UtcDateTimeField(verbose_name="created at")),
                (
                    "step",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="decisions",
                        to="squid_mesh.steprun",
                        verbose_name="step",
                    ),
                ),
            ],
            options={
                "verbose_name": "decision",
                "verbose_name_plural": "decisions",
                "ordering": ("id",),
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "kind",
                    squid_mesh.models.exact_text.ExactCharField(
                        default="run", max_length=16, verbose_name="kind"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                (
                    "worker",
                    squid_mesh.models.exact_text.ExactCharField(max_length=200, verbose_name="worker"),
                ),
                (
                    "outcome",
                    squid_mesh.models.exact_text.ExactCharField(max_length=16, verbose_name="outcome"),
                ),
                ("error", models.JSONField(blank=True, null=True, verbose_name="error")),
                ("started_at", squid_mesh.models.utc_times.UtcDateTimeField(verbose_name="started at")),
                ("ended_at", squid_mesh.models.utc_times.UtcDateTimeField(verbose_name="ended at")),
                (
                    "step",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attempts",
                        to="squid_mesh.steprun",
                        verbose_name="step",
                    ),
                ),
            ],
            options={
                "verbose_name": "attempt",
                "verbose_name_plural": "attempts",
                "ordering": ("id",),
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="Waiting",
            fields=[],
            options={
                "verbose_name": "waiting for me",
                "verbose_name_plural": "waiting for me",
                "proxy": True,
                "default_permissions": (),
                "indexes": [],
                "constraints": [],
            },
            bases=("squid_mesh.steprun",),
        ),
        migrations.CreateModel(
            name="Trigger",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "workflow",
                    squid_mesh.models.exact_text.ExactCharField(max_length=200, verbose_name="workflow"),
                ),
                ("name", squid_mesh.models.exact_text.ExactCharField(max_length=100, verbose_name="trigger")),
                (
                    "expression",
                    squid_mesh.models.exact_text.ExactCharField(max_length=200, verbose_name="expression"),
                ),
                (
                    "timezone",
                    squid_mesh.models.exact_text.ExactCharField(max_length=100, verbose_name="timezone"),
                ),
                (
                    "catch_up",
                    squid_mesh.models.exact_text.ExactCharField(max_length=16, verbose_name="catch up"),
                ),
                (
                    "overlap",
                    squid_mesh.models.exact_text.ExactCharField(max_length=16, verbose_name="overlap"),
                ),
                (
                    "expression_override",
                    squid_mesh.models.exact_text.ExactCharField(
                        blank=True,
                        default="",
                        help_text="Overrides the schedule in code. Leave empty to use the code's.",
                        max_length=200,
                        verbose_name="override schedule",
                    ),
                ),
                (
                    "timezone_override",
                    squid_mesh.models.exact_text.ExactCharField(
                        blank=True, default="", max_length=100, verbose_name="override timezone"
                    ),
                ),
                ("enabled", models.BooleanField(default=True, verbose_name="enabled")),
                ("declared", models.BooleanField(default=True, verbose_name="defined in code")),
                (
                    "next_time",
                    squid_mesh.models.utc_times.UtcDateTimeField(
                        blank=True, null=True, verbose_name="next scheduled time"
                    ),
                ),
                (
                    "due_at",
                    squid_mesh.models.utc_times.UtcDateTimeField(
                        blank=True, null=True, verbose_name="due at"
                    ),
                ),
                (
                    "last_time",
                    squid_mesh.models.utc_times.UtcDateTimeField(
                        blank=True, null=True, verbose_name="last scheduled time"
                    ),
                ),
                (
                    "last_fired_at",
                    squid_mesh.models.utc_times.UtcDateTimeField(
                        blank=True, null=True, verbose_name="last fired at"
                    ),
                ),
                (
                    "skipped_time",
                    squid_mesh.models.utc_times.UtcDateTimeField(
                        blank=True, null=True, verbose_name="last skipped run"
                    ),
                ),
                (
                    "skip_reason",
                    squid_mesh.models.exact_text.ExactCharField(
                        blank=True, default="", max_length=200, verbose_name="reason"
                    ),
                ),
                (
                    "error",
                    squid_mesh.models.exact_text.ExactTextField(blank=True, default="", verbose_name="error"),
                ),
                (
                    "changed_by_key",
                    squid_mesh.models.exact_text.ExactCharField(
                        blank=True, default="", max_length=255, verbose_name="key of who changed it"
                    ),
                ),
                (
                    "changed_by_text",
                    squid_mesh.models.exact_text.ExactCharField(
                        blank=True, default="", max_length=200, verbose_name="changed by"
                    ),
                ),
                (
                    "changed_at",
                    squid_mesh.models.utc_times.UtcDateTimeField(
                        blank=True, null=True, verbose_name="changed at"
                    ),
                ),
                ("created_at", squid_mesh.models.utc_times.UtcDateTimeField(verbose_name="created at")),
                (
                    "last_run",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="squid_mesh.run",
                        verbose_name="last run",
                    ),
                ),
            ],
            options={
                "verbose_name": "trigger",
                "verbose_name_plural": "triggers",
                "ordering": ("workflow", "name"),
                "default_permissions": ("view", "change"),
            },
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(fields=["-created_at", "-id"], name="squid_mesh_run_newest"),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(fields=["status", "-created_at", "-id"], name="squid_mesh_run_by_status"),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(fields=["workflow", "-created_at", "-id"], name="squid_mesh_run_by_flow"),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                fields=["workflow", "trigger", "-created_at", "-id"], name="squid_mesh_run_by_trigger"
            ),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(fields=["subject_type", "subject_id"], name="squid_mesh_run_subject"),
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.UniqueConstraint(
                fields=("workflow", "idempotency_key"), name="squid_mesh_run_idempotency"
            ),
        ),
        migrations.AddConstraint(
            model_name="auditevent",
            constraint=models.UniqueConstraint(fields=("run", "sequence"), name="squid_mesh_event_sequence"),
        ),
        migrations.AddIndex(
            model_name="runtag",
            index=models.Index(fields=["tag", "-created_at", "-run"], name="squid_mesh_runtag_newest"),
        ),
        migrations.AddIndex(
            model_name="steprun",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name="squid_mesh_step_due"
            ),
        ),
        migrations.AddIndex(
            model_name="steprun",
            index=models.Index(
                condition=models.Q(("lease_until__isnull", False)),
                fields=["lease_until"],
                name="squid_mesh_step_lease",
            ),
        ),
        migrations.AddIndex(
            model_name="steprun",
            index=models.Index(
                condition=models.Q(("status__in", ["paused", "unknown"])),
                fields=["id"],
                name="squid_mesh_step_held",
            ),
        ),
        migrations.AddConstraint(
            model_name="steprun",
            constraint=models.UniqueConstraint(
                fields=("run", "name", "visit", "map_index"), name="squid_mesh_step_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="steprun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("claim_token__isnull", False),
                        ("due_at__isnull", True),
                        ("lease_until__isnull", False),
                    ),
                    models.Q(("claim_token__isnull", True), ("lease_until__isnull", True)),
                    _connector="OR",
                ),
                name="squid_mesh_step_claim",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.UniqueConstraint(fields=("step", "actor_key"), name="squid_mesh_decision_once"),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.UniqueConstraint(
                fields=("step", "kind", "number"), name="squid_mesh_attempt_once"
            ),
        ),
        migrations.AddIndex(
            model_name="trigger",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)),
                fields=["due_at"],
                name="squid_mesh_trigger_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="trigger",
            constraint=models.UniqueConstraint(fields=("workflow", "name"), name="squid_mesh_trigger_once"),
        ),
    ]
