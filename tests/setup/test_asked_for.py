"""What a person asks for: preview, test posting, one invoice again, unlink and link, remap, a pause."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from setup_world import World

from connectors.xero.connector import CONNECTOR as XERO
from engine.compose.asked import ids_of_day, post_again, read_invoices, sale_named
from engine.compose.preview.preview import preview
from engine.compose.remapping import apply, remap
from engine.compose.setup.map_files import with_rows
from engine.compose.setup.memory import keep_fact
from engine.compose.trial_posting import try_out
from engine.compose.unlinking import link, unlink
from engine.core.money import total
from engine.core.values import loads
from engine.errors import UserError


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Connected and live, with maps; nothing read yet."""
    made = World(tmp_path, 8, maps=True)
    made.connect()
    made.workspace.activate("xero")
    yield made
    made.workspace.__exit__(None, None, None)


def sales(world: World) -> dict[str, dict]:
    rows = world.workspace.store.rows("records", connection="halaxy", kind="sale")
    return {row["id"]: loads(row["body"]) for row in rows}


def read_only(world: World) -> None:
    for connection, poll in (("xero", "facts"), *(("halaxy", name) for name in ("reference", "people", "sales"))):
        world.workspace.loop.polls.run_one(connection, poll, world.clock.now())


def ledger(world: World) -> dict[tuple[str, str], Decimal]:
    """What stands in the sandbox's own ledger, by document number and account."""
    books = next(iter(world.xero.tenants.values()))
    sums: dict[str, Decimal] = {}
    for row in books.ledger.rows:
        sums[row.account] = sums.get(row.account, Decimal(0)) + row.debit - row.credit
    return {account: amount for account, amount in sums.items() if amount}


# --- preview -----------------------------------------------------------------------------------------------


def test_the_previewed_ledger_of_every_invoice_is_the_one_that_posting_makes(world: World) -> None:
    read_only(world)
    shown: dict[str, Decimal] = {}
    for id in sales(world):
        found = preview(world.workspace, id)
        assert (found.balanced, found.draft) == (True, False)
        assert bool(found.waits) == (sales(world)[id]["date"] > date(2026, 10, 6) and bool(found.documents))
        for row in found.ledger if not found.waits else ():
            shown[row.account] = shown.get(row.account, Decimal(0)) + row.debit - row.credit
    assert world.invoices() == []
    world.work()
    assert ledger(world) == {account: amount for account, amount in shown.items() if amount}


def test_a_preview_names_number_contact_dates_lines_accounts_and_payments(world: World) -> None:
    read_only(world)
    id = next(id for id, sale in sales(world).items() if sale["totals"]["paid"])
    documents = {one.kind: one for one in preview(world.workspace, f"HX-{id}").documents}
    invoice, paid = documents["invoice"], documents["payment"]
    assert (invoice.number, invoice.status) == (f"HX-{id}", "AUTHORISED")
    assert (invoice.contact.endswith(")"), invoice.date is not None, invoice.due is not None) == (True, True, True)
    assert total(tuple(line.amount for line in invoice.lines)) == invoice.amount
    assert (paid.on, paid.amount > 0, bool(paid.account)) == (f"HX-{id}", True, True)


def test_a_preview_says_what_holds_an_invoice(world: World) -> None:
    file = world.folder / "maps" / "revenue_accounts.yaml"
    file.write_text("from: halaxy fee category\nto: xero account\nrows:\n  Other: 200\n")
    world.restart()
    read_only(world)
    found = preview(world.workspace, next(iter(sales(world))))
    assert (found.hold[0], found.hold[2].startswith("A fee category or payment method has no account")) == (
        "UNMAPPED",
        True,
    )


def test_before_going_live_a_preview_shows_drafts(tmp_path: Path) -> None:
    world = World(tmp_path, 4, maps=True)
    world.connect()
    read_only(world)
    assert preview(world.workspace, next(iter(sales(world)))).draft
    world.workspace.__exit__(None, None, None)


# --- the test posting, and one invoice again -------------------------------------------------------------------


def test_a_test_posting_verifies_every_field_in_xero(world: World) -> None:
    read_only(world)
    id = next(id for id, sale in sales(world).items() if sale["totals"]["paid"])
    tested = try_out(world.workspace, id)
    names = {check.what for check in tested.checks}
    assert {"customer", "number", "date", "total", "GST", "line 1 account", "applied payments"} <= names
    assert [check for check in tested.checks if not check.ok] == []
    assert tested.passed
    again = try_out(world.workspace, id)
    assert (again.passed, {check.what for check in again.checks} >= {"lines", "line 1 account"}) == (True, True)


def test_what_a_person_changed_in_xero_is_not_ok(world: World) -> None:
    read_only(world)
    id = next(id for id, sale in sales(world).items() if sale["totals"]["paid"] and sale["payments"])
    try_out(world.workspace, id)
    books = next(iter(world.xero.tenants.values()))
    document = next(one for one in world.invoices() if one.number == f"HX-{id}")
    changed = replace(document.lines[0], account=books.account_by_code("206").id)
    document.lines = [changed, *document.lines[1:]]
    wrong = [check.what for check in try_out(world.workspace, id).checks if not check.ok]
    assert wrong == ["line 1 account"]


def test_a_test_posting_of_a_held_invoice_says_why(world: World) -> None:
    file = world.folder / "maps" / "revenue_accounts.yaml"
    file.write_text("from: halaxy fee category\nto: xero account\nrows:\n  Other: 200\n")
    world.restart()
    read_only(world)
    with pytest.raises(UserError, match="The invoice is held, UNMAPPED"):
        try_out(world.workspace, next(iter(sales(world))))


def test_an_invoice_asked_for_again_is_written_once(world: World) -> None:
    world.work()
    before, number = len(world.invoices()), next(iter(sales(world)))
    read_invoices(world.workspace, [number])
    assert post_again(world.workspace, [sale_named(world.workspace, number)], "again") == 1
    world.work()
    assert len(world.invoices()) == before
    day = sales(world)[number]["date"]
    assert number in ids_of_day(world.workspace, day)


def test_an_invoice_that_nobody_knows_is_told(world: World) -> None:
    with pytest.raises(UserError, match='Nothing is known of the invoice "12"'):
        sale_named(world.workspace, "12")


# --- unlink and link -------------------------------------------------------------------------------------------


def test_an_unlinked_invoice_is_left_alone_until_it_is_given_back(world: World) -> None:
    world.work()
    before, one = len(world.invoices()), next(iter(sales(world)))
    assert f"HX-{one}" in unlink(world.workspace, one, "typed by hand", "robin")
    post_again(world.workspace, [sale_named(world.workspace, one)], "again")
    world.work()
    assert len(world.invoices()) == before
    rows = world.workspace.store.rows("links_of_kind", connection="xero", kind="invoice")
    assert f"halaxy invoice {one}" not in {row["source"] for row in rows}
    with pytest.raises(UserError, match="unlinked already"):
        unlink(world.workspace, one, "again", "robin")

    assert link(world.workspace, one, "robin") >= 1
    world.work()
    assert len(world.invoices()) == before
    rows = world.workspace.store.rows("links_of_kind", connection="xero", kind="invoice")
    assert f"halaxy invoice {one}" in {row["source"] for row in rows}
    with pytest.raises(UserError, match="is not unlinked"):
        link(world.workspace, one, "robin")


def test_who_unlinked_why_is_kept(world: World) -> None:
    world.work()
    one = next(iter(sales(world)))
    unlink(world.workspace, one, "typed by hand", "robin")
    link(world.workspace, one, "kim")
    kept = [loads(row["body"]) for row in world.workspace.store.rows("records", connection="xero", kind="unlinked")]
    assert [(one["reason"], one["by"], one["linked_by"]) for one in kept] == [("typed by hand", "robin", "kim")]


# --- remap -----------------------------------------------------------------------------------------------------


def changed_map(world: World, name: str, **rows: str) -> None:
    file = world.folder / "maps" / f"{name}.yaml"
    file.write_text(with_rows(name, file.read_text(), rows))
    world.restart()


def test_a_changed_map_lists_what_stands_elsewhere_and_mends_it_in_place(world: World) -> None:
    world.work()
    before = len(world.invoices())
    assert remap(world.workspace, "revenue_accounts").posted == ()
    changed_map(world, "revenue_accounts", Consultation="206")
    found = remap(world.workspace, "revenue_accounts")
    was = ledger(world)["200"]
    assert found.sums == {("200", "206"): -was}
    assert apply(world.workspace, found) == len({one.invoice for one in found.posted})
    world.work()
    assert remap(world.workspace, "revenue_accounts").posted == ()
    assert ("200" in ledger(world), ledger(world)["206"]) == (False, was)
    assert len(world.invoices()) == before


def test_without_being_asked_nothing_follows_a_changed_map(world: World) -> None:
    world.work()
    was = ledger(world)
    changed_map(world, "revenue_accounts", Consultation="206")
    post_again(world.workspace, [sale_named(world.workspace, id) for id in sales(world)], "again")
    world.work()
    assert ledger(world) == was


def test_a_locked_period_is_listed_and_left(world: World) -> None:
    world.work()
    changed_map(world, "revenue_accounts", Consultation="206")
    facts = loads(
        world.workspace.store.rows("record", connection="xero", kind="organisation", id="organisation")[0]["body"]
    )
    keep_fact(world.workspace, "xero", "organisation", {**facts, "period_lock": world.clock.now().date()})
    found = remap(world.workspace, "revenue_accounts")
    assert {one.fixed for one in found.posted} == {"Xero is locked up to 2026-10-05"}
    assert apply(world.workspace, found) == 0


def test_money_is_listed_and_never_posted_again(world: World) -> None:
    world.work()
    method = next(
        paid["method"] for sale in sales(world).values() for paid in sale["payments"] if paid["kind"] == "payment"
    )
    changed_map(world, "payment_accounts", **{method: "617"})
    found = remap(world.workspace, "payment_accounts")
    assert {one.new for one in found.posted} == {"617"}
    with pytest.raises(UserError, match="not posted again"):
        apply(world.workspace, found)
    with pytest.raises(UserError, match='"revenue_acounts" cannot be listed'):
        remap(world.workspace, "revenue_acounts")


# --- a pause ---------------------------------------------------------------------------------------------------


def paused(world: World) -> None:
    assert XERO.sign_in is not None
    XERO.sign_in(world.workspace.needs("xero")).disconnect()
    world.workspace.disconnected("xero")


def read_a_while(world: World) -> None:
    for _ in range(100):
        world.workspace.loop.step(world.clock.now())


def test_a_pause_is_caught_up_without_duplicates_and_keeps_the_maps(world: World) -> None:
    maps = {file.name: file.read_text() for file in (world.folder / "maps").iterdir()}
    paused(world)
    read_a_while(world)
    assert (world.invoices(), len(sales(world)) > 5) == ([], True)
    for _ in range(2):
        world.consent()
        world.workspace.connected("xero")
        world.sync()
        numbers = [one.number for one in world.invoices()]
        assert len(numbers) == len(set(numbers)) > 5
        paused(world)
        read_a_while(world)
    assert {file.name: file.read_text() for file in (world.folder / "maps").iterdir()} == maps
