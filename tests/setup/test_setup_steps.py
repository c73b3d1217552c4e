"""The guide: what each step says, what it does, and that it may be stopped anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from setup_world import World

from engine.compose.setup.step import Finding
from engine.compose.setup.steps import STEPS
from engine.core.values import loads
from engine.errors import UserError


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, 8)
    yield made
    made.workspace.__exit__(None, None, None)


def texts(findings: Iterable[Finding]) -> str:
    return "\n".join(f"{one.text} {one.mend}".strip() for one in findings)


def kept(world: World, kind: str) -> dict:
    return loads(world.workspace.store.rows("record", connection="xero", kind=kind, id=kind)[0]["body"])


def typed_by_another_program(world: World, count: int, numbered: bool = False) -> None:
    """Documents for the same sales as Halaxy's, as its own link would write them."""
    sales = [loads(row["body"]) for row in world.workspace.store.rows("records", connection="halaxy", kind="sale")]
    some = [sale for sale in sales if sale["totals"]["gross"] and sale["date"] <= world.clock.now().date()][:count]
    rows = [
        {
            "Type": "ACCREC",
            "Contact": {"Name": sale["payer"]["name"]},
            **({"InvoiceNumber": f"INV-{sale['number']}"} if numbered else {}),
            "Date": sale["date"].isoformat(),
            "DueDate": sale["date"].isoformat(),
            "LineAmountTypes": "Inclusive",
            "Status": "AUTHORISED",
            "LineItems": [
                {"Description": "x", "Quantity": 1, "UnitAmount": sale["totals"]["gross"], "AccountCode": "200"}
            ],
        }
        for sale in some
    ]
    assert len(rows) == count
    world.steer("xero", "seed", {"invoices": rows})


# --- the whole -------------------------------------------------------------------------------------------


def test_the_guide_leads_from_two_sign_ins_to_a_live_practice_that_holds_nothing(world: World) -> None:
    world.connect()
    world.say("organisation")
    world.say("native-link", "off")
    world.look("values")
    world.say("accounts", create=True)
    world.say("tracking")
    assert texts(world.look("check").findings).startswith("No gap: ")
    world.say("activate")
    world.work()

    assert {step.name: world.look(step.name).state for step in STEPS} == {step.name: "done" for step in STEPS}
    assert len(world.invoices()) > 5
    assert {one.status for one in world.invoices()} <= {"AUTHORISED", "PAID"}
    assert world.workspace.store.rows("holds") == []


def test_a_guide_that_was_stopped_goes_on_with_what_is_left(world: World) -> None:
    world.connect()
    world.say("organisation")
    world.restart()
    assert world.look("organisation").state == "done"
    assert world.look("native-link").state == "ask"


def test_before_anything_is_connected_each_gap_says_what_to_run(world: World) -> None:
    found = world.look("connect")
    assert found.state == "gap"
    assert texts(found.findings) == (
        'halaxy is not connected. Run "daybook connect halaxy".\nxero is not connected. Run "daybook connect xero".'
    )
    with pytest.raises(UserError, match="not connected"):
        world.look("values")


def test_going_live_is_refused_with_every_gap(world: World) -> None:
    world.connect()
    with pytest.raises(UserError) as refused:
        world.say("activate")
    for text in ("The Xero organisation is not confirmed yet.", "native-link", "Nothing was read from Halaxy yet"):
        assert text in str(refused.value)


# --- the organisation --------------------------------------------------------------------------------------


def test_the_organisation_is_shown_as_a_bookkeeper_knows_it(world: World) -> None:
    world.connect()
    shown = texts(world.look("organisation").findings)
    for text in (
        "Xero organisation: Harbour Allied Health.",
        "ABN: 11 111 111 138.",
        "Books in AUD.",
        "on accruals basis",
    ):
        assert text in shown


@pytest.mark.parametrize(
    "organisation, level, text",
    [
        ({"PaysTax": False}, "note", "Not registered for GST"),
        ({"SalesTaxBasis": "CASH"}, "ok", "on cash basis"),
        ({"BaseCurrency": "NZD"}, "gap", "Xero keeps its books in NZD, daybook.yaml says AUD."),
        ({"Version": "UK"}, "gap", "This is a UK edition of Xero"),
        ({"TaxNumber": ""}, "note", "Xero has no ABN"),
    ],
)
def test_what_is_odd_about_an_organisation_is_said(world: World, organisation: dict, level: str, text: str) -> None:
    world.steer("xero", "seed", {"organisation": organisation})
    world.connect()
    assert [one.level for one in world.look("organisation").findings if text in one.text] == [level]


def test_another_organisation_freezes_posting_until_a_person_confirms_it(world: World) -> None:
    world.set_up()
    world.say("activate")
    before, books = len(world.invoices()), next(iter(world.xero.tenants.values()))
    books.organisation.fields["OrganisationID"] = "00000000-1111-4111-8111-000000000000"
    books.organisation.name, books.organisation.id = "Other Pty Ltd", "00000000-1111-4111-8111-000000000000"
    world.workspace.loop.polls.run_one("xero", "facts", world.clock.now())
    world.steer("halaxy", "next_day", {})
    world.workspace.loop.polls.soon("halaxy", world.clock.now())
    for _ in range(100):
        world.workspace.loop.step(world.clock.now())

    state = {row["name"]: row for row in world.workspace.store.rows("connections")}["xero"]
    assert state["state"] == "paused"
    assert "Xero answers as Other Pty Ltd, but this practice posts to Harbour Allied Health." in state["reason"]
    assert len(world.invoices()) == before
    question = world.look("organisation").question
    assert question is not None
    assert "Until now this practice posted to Harbour Allied Health" in question.text
    world.say("organisation")
    assert {row["name"]: row["state"] for row in world.workspace.store.rows("connections")}["xero"] == "open"


# --- permissions -------------------------------------------------------------------------------------------


def test_a_missing_permission_says_what_it_is_for_and_where_to_switch_it_on(world: World) -> None:
    world.steer("halaxy", "keys", {"client_id": "poor", "client_secret": "poor", "scopes": ["invoices"]})
    world.connect()
    world.workspace.parts.connections["halaxy"].settings["client_id"] = "poor"
    world.workspace.needs("halaxy").vault.put({"client_secret": "poor", "access_token": None, "expires_at": None})
    looked = world.look("permissions")

    assert looked.state == "gap"
    assert "Halaxy does not allow Invoices & Payments: Retrieve Fees, which Daybook needs" in texts(looked.findings)
    assert "Halaxy (Settings, Integrations, API keys)" in texts(looked.findings)
    assert "is not able to name patients in Xero" in texts(looked.findings)


# --- Halaxy's own link ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("numbered", [True, False])
def test_documents_of_another_program_are_found_and_hold_everything(world: World, numbered: bool) -> None:
    world.connect()
    world.look("values")
    typed_by_another_program(world, 4, numbered)
    looked = world.look("native-link")

    assert looked.state == "ask"
    assert "Xero already has 4 documents that Daybook did not write" in texts(looked.findings)
    assert ("number and total" if numbered else "payer, total and day") in texts(looked.findings)
    world.say("native-link", "on")
    assert kept(world, "native sync")["state"] == "on"
    assert "Halaxy's own Xero link is on" in texts(world.look("check").findings)


def test_one_typed_document_is_a_persons_and_stops_nothing(world: World) -> None:
    world.connect()
    world.look("values")
    typed_by_another_program(world, 1)
    assert [one.level for one in world.look("native-link").findings] == ["note"]
    world.say("native-link", "off")
    assert world.look("native-link").state == "done"


def test_the_daily_look_finds_a_link_that_was_switched_on_later(world: World) -> None:
    world.set_up()
    world.say("activate")
    world.work()
    assert kept(world, "native sync")["state"] == "off"
    typed_by_another_program(world, 3)
    world.sync()
    assert (kept(world, "native sync")["state"], kept(world, "native sync")["said_by"]) == ("on", "the daily look")
    assert world.look("native-link").state == "ask"
    world.say("native-link", "off")
    world.clock.pass_time(90_000)
    world.sync()
    assert kept(world, "native sync")["state"] == "off"


# --- accounts ---------------------------------------------------------------------------------------------


def test_every_category_method_and_role_gets_a_proposal_with_a_reason(world: World) -> None:
    world.connect()
    world.look("values")
    proposals = {(one.map, one.key): one for one in world.look("accounts").proposals}
    fitting = {
        ("payment_accounts", "EFTPOS"): "612",
        ("payment_accounts", "Braintree"): "615",
        ("revenue_accounts", "Consultation"): "200",
        ("revenue_accounts", "Product"): "201",
        ("special_accounts", "patient deposits"): "835",
        ("special_accounts", "bad debts"): "407",
        ("special_accounts", "bad debts recovered"): "265",
    }
    assert {key: proposals[key].value for key in fitting} == fitting
    assert all(one.reason and 0 < one.score <= 100 for one in proposals.values())


def test_what_the_chart_lacks_is_made_only_when_asked_and_once(world: World) -> None:
    books = next(iter(world.xero.tenants.values()))
    for code in ("612", "201"):
        account = books.account_by_code(code)
        account.status, account.name = "ARCHIVED", f"Old {code}"
    world.connect()
    world.look("values")
    assert "Clearing: EFTPOS would have to be made in Xero" in texts(world.say("accounts"))
    before = len(books.accounts)
    world.say("accounts", create=True)
    made = [one for one in books.accounts.values() if one.name == "Clearing: EFTPOS"]
    assert [(one.type, one.status) for one in made] == [("BANK", "ACTIVE")]
    after = len(books.accounts)
    assert after > before
    (world.folder / "maps" / "payment_accounts.yaml").write_text("from: text\nto: xero account\nor: discount\nrows:\n")
    world.restart()
    world.say("accounts", create=True)
    assert len(books.accounts) == after


def test_an_archived_account_of_the_same_name_is_told(world: World) -> None:
    next(iter(world.xero.tenants.values())).account_by_code("612").status = "ARCHIVED"
    world.connect()
    world.look("values")
    with pytest.raises(UserError, match='archived account of the name "Clearing: EFTPOS"'):
        world.say("accounts", create=True)


def test_a_persons_row_and_the_comments_of_a_map_stay(world: World) -> None:
    file = world.folder / "maps" / "payment_accounts.yaml"
    file.write_text(file.read_text() + "  Cash: 616  # the tin\n  # below\n")
    world.connect()
    world.look("values")
    world.say("accounts", create=True)
    text = file.read_text()
    assert "  Cash: 616  # the tin\n" in text
    assert "  # below\n" in text
    assert "  EFTPOS: 612\n" in text
    assert text.startswith("# The clearing account in which")


@pytest.mark.parametrize(
    "row, said",
    [
        (("payment_accounts", "EFTPOS", "99999"), 'Xero has no active account 99999 for "EFTPOS".'),
        (("payment_accounts", "EFTPOS", "200"), "The account 200 (Sales: Consultations) cannot take the payments"),
        (("colours", "red", "200"), 'There is no map "colours" to be set here.'),
    ],
)
def test_a_row_that_cannot_be_is_refused(world: World, row: tuple[str, str, str], said: str) -> None:
    world.connect()
    world.look("values")
    name, key, value = row
    with pytest.raises(UserError) as refused:
        world.say("accounts", rows={(name, key): value})
    assert said in str(refused.value)


def test_tracking_that_the_settings_ask_for_is_made(world: World) -> None:
    settings = world.folder / "settings" / "financial_sync.yaml"
    settings.write_text(settings.read_text() + "tracking:\n  Clinic: by location\n")
    books = next(iter(world.xero.tenants.values()))
    for category in books.tracking.values():
        category.status = "ARCHIVED"
    world.restart()
    world.connect()
    world.look("values")
    world.say("accounts", create=True)
    assert 'Xero has no tracking category "Clinic".' in texts(world.look("tracking").findings)
    world.say("tracking", create=True)
    assert world.look("tracking").state == "done"
    assert [one.name for one in books.tracking.values() if one.status == "ACTIVE"] == ["Clinic"]
