"""The example workflows compile."""

from __future__ import annotations

from squid_mesh.definitions import registry

with registry.isolate():
    from tests.unit.definitions import examples


def test_the_daily_digest_is_a_straight_line() -> None:
    blueprint = examples.PostDailyDigest.blueprint
    assert blueprint.workflow == "definitions.PostDailyDigest"
    assert blueprint.order == ("fetch_feed", "build_digest", "post_to_discord")
    assert blueprint.is_sequential
    assert [(t.name, t.kind, t.cron, t.timezone) for t in blueprint.triggers] == [
        ("daily_digest", "cron", "0 9 * * 1-5", "Etc/UTC"),
        ("by_hand", "manual", None, None),
    ]
    post = blueprint.by_name["post_to_discord"]
    assert (post.retry.max_attempts, post.on_crash, post.irreversible) == (5, "pause", True)
    assert post.target == "tests.unit.definitions.examples:post_to_discord"


def test_the_payment_recovery_routes_decisions_and_goes_back() -> None:
    blueprint = examples.PaymentRecovery.blueprint
    assert blueprint.order[:5] == ("load_invoice", "settle", "note", "check_gateway", "review")
    assert [(e.source, e.outcome, e.target, e.rewind) for e in blueprint.edges[4:]] == [
        ("review", "ok", "charge", False),
        ("review", "rejected", "record_rejection", False),
        ("review", "changes_requested", "load_invoice", True),
        ("check_gateway", "error", "notify_support", False),
    ]
    request = blueprint.by_name["review"].options["request"]
    assert request["exits"] == ["approved", "rejected", "changes_requested"]
    assert request["form"] == "tests.unit.definitions.examples:PaymentRecovery.Decision"
    assert request["form_schema"]["properties"]["discount_percent"]["maximum"] == 50
    assert blueprint.entries == ("load_invoice",)


def test_dependencies_joins_guards_and_outcomes_compile() -> None:
    blueprint = examples.Recovery.blueprint
    assert blueprint.entries == ("load_account", "load_invoice", "check_kyc")
    assert [(e.source, e.outcome, e.target) for e in blueprint.edges] == [
        ("check_kyc", "tentative", "finish_kyc"),
        ("load_account", "ok", "prepare"),
        ("load_invoice", "ok", "prepare"),
        ("prepare", "ok", "upsell"),
    ]
    assert blueprint.by_name["prepare"].join == "all"
    assert blueprint.by_name["upsell"].when == "tests.unit.definitions.examples:is_premium"
    assert blueprint.by_name["check_kyc"].outcomes == ("tentative",)


def test_every_way_to_write_a_flow_compiles() -> None:
    assert len(examples.EveryForm.blueprint.edges) == 21
