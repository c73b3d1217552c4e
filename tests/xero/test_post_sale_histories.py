"""Whatever happens to an invoice, the books end where its fees and its money say, and a repeat writes nothing.

The expectation is derived from the practice system's side alone: cash by account, debtors, revenue with its tax.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sales import INPUTS, METHODS, line, organisation, patient, receipt, sale
from sandbox_office import Office

from engine.core.money import total
from engine.sdk.contract import Finished, Hold
from engine.sdk.records import Totals

ZERO = Decimal("0.00")
BEGIN = datetime.fromisoformat("2026-03-02T09:00+11:00")
PAYERS = {"halaxy patient 501": patient(501, "Ava Nguyen"), "halaxy organisation 71": organisation(71, "SafeWork")}
SPECIAL = {"patient deposits": "835", "bad debts": "407", "bad debts recovered": "265", "dishonoured payments": "812"}
POLICY = {"start_date": "2026-01-01", "settle_minutes": 0}
ALL = {**INPUTS, "policy": POLICY, "special accounts": SPECIAL}
CASH = ("611", "612", "613", "614", "615", "616", "617")
REVENUE = ("200", "201", "202", "203", "265")

LINES = (
    ("Initial physio consult", "Consultation", "120.00", "0.00"),
    ("Resistance band", "Product", "22.00", "2.00"),
    ("Medico-legal report", "Report", "330.00", "30.00"),
    ("Standard physio consult", "Consultation", "95.00", "0.00"),
)
WHAT = (
    "pay", "pay all", "overpay", "refund last", "refund some", "unpay", "method", "void", "unvoid", "add", "reduce",
    "write off", "restore", "payer", "discount", "delete", "undelete", "describe", "remove refund",
)  # fmt: skip


def happened(sold, what, number, at):
    """The sale after something happened to it; unchanged where it cannot."""
    money = list(sold.payments)
    net = total(tuple(item.amount * (-1 if item.kind == "refund" else 1) for item in money))
    owed = sum((item.gross for item in sold.lines if item.status == "active"), ZERO) - net
    paid = [item for item in money if item.kind == "payment"]
    refunds = [item for item in money if item.kind == "refund"]
    lines = list(sold.lines)
    active = [index for index, item in enumerate(lines) if item.status == "active"]
    method = ("EFTPOS", "HICAPS", "Direct Deposit")[number % 3]
    match what:
        case "pay" if owed > 20:
            money.append(receipt(9000 + number, at, method, "20.00"))
        case "pay all" if owed > 0:
            money.append(receipt(9000 + number, at, method, str(owed)))
        case "overpay":
            money.append(receipt(9000 + number, at, method, str(max(owed, ZERO) + Decimal("7.50"))))
        case "refund last" if paid and net >= paid[-1].amount:
            money.append(replace(receipt(9000 + number, at, paid[-1].method, str(paid[-1].amount)), kind="refund"))
        case "refund some" if net >= 10:
            money.append(replace(receipt(9000 + number, at, "EFTPOS", "10.00"), kind="refund"))
        case "remove refund" if refunds:
            money.remove(refunds[-1])
        case "unpay" if paid and net - paid[-1].amount >= 0:
            money.remove(paid[-1])
        case "method" if paid:
            money[money.index(paid[-1])] = replace(paid[-1], method=method)
        case "void" if len(active) > 1:
            lines[active[-1]] = replace(lines[active[-1]], status="voided")
        case "unvoid" if any(item.status == "voided" for item in lines):
            index = next(index for index, item in enumerate(lines) if item.status == "voided")
            lines[index] = replace(lines[index], status="active")
        case "add" if len(lines) < 6:
            lines.append(line(10 + number, *LINES[number % 4]))
        case "reduce" if active and lines[active[0]].gross > 30:
            kept = lines[active[0]]
            tax = ZERO if kept.tax == 0 else kept.tax - 1
            lines[active[0]] = replace(kept, gross=kept.gross - 11, tax=tax)
        case "describe" if active:
            lines[active[0]] = replace(lines[active[0]], description=f"Changed {number}")
        case "write off" if active and owed >= lines[active[-1]].gross:
            lines[active[-1]] = replace(lines[active[-1]], status="write-off")
        case "restore" if any(item.status == "write-off" for item in lines):
            lines = [replace(item, status="active") if item.status == "write-off" else item for item in lines]
        case "discount" if owed > 5 and not any(item.kind == "discount" for item in money):
            money.append(replace(receipt(9000 + number, at, "Discount", "5.00"), kind="discount"))
        case "payer":
            other = [payer for payer in PAYERS.values() if payer != sold.payer]
            return replace(sold, payer=other[0])
        case "delete" if net == 0 and not any(item.kind == "discount" for item in money):
            return replace(sold, deleted=True)
        case "undelete":
            return replace(sold, deleted=False)
        case _:
            return sold
    if sold.deleted:
        return sold
    return replace(sold, lines=tuple(lines), payments=tuple(money))


def summed(sold):
    """The sale with the header that its lines and its money come to."""
    live = [item for item in sold.lines if item.status == "active"]
    gross, tax = (total(tuple(getattr(item, name) for item in live)) for name in ("gross", "tax"))
    paid = total(tuple(item.amount * (-1 if item.kind == "refund" else 1) for item in sold.payments))
    return replace(sold, totals=Totals(gross - tax, tax, gross, paid, gross - paid))


def expected(sold):
    """Cash by account, debtors with credits, and what the fees came to, from the practice system's side."""
    cash = dict.fromkeys(CASH, ZERO)
    for item in sold.payments:
        if item.kind != "discount":
            cash[METHODS[item.method]] += item.amount * (-1 if item.kind == "refund" else 1)
    fees = ZERO if sold.deleted else sum((item.gross for item in sold.lines if item.status == "active"), ZERO)
    off = sum((item.amount for item in sold.payments if item.kind == "discount"), ZERO)
    return {code: sum_ for code, sum_ in cash.items() if sum_}, fees - off - sum(cash.values(), ZERO), fees - off


def an_office():
    office = Office(ALL)
    for key, payer in PAYERS.items():
        office.contact(key, f"HX-{'P' if payer.kind == 'patient' else 'O'}-{payer.id}")
    return office


def check_books(office, sold, done):
    balances = office.xero.balances()
    cash, debtors, earned = expected(sold)
    assert cash == {code: balances[code] for code in CASH if code in balances}, (done, balances)
    assert debtors == balances.get("610", ZERO), (done, balances)
    income = -sum((balances.get(code, ZERO) for code in (*REVENUE, "820", "407")), ZERO)
    assert earned == income, (done, balances)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(WHAT), min_size=2, max_size=12), st.integers(1, 3))
def test_any_history_ends_in_the_books_that_its_last_state_asks_for(story, count):
    office = an_office()
    sold = summed(sale(1001, "2026-03-02", PAYERS["halaxy patient 501"], [line(n, *LINES[n]) for n in range(count)]))
    done = []
    for number, what in enumerate(("", *story)):
        at = BEGIN + timedelta(hours=6 * number)
        then = summed(happened(sold, what, number, at.isoformat())) if what else sold
        if what and then == sold:
            continue
        sold = replace(then, version=number + 1, changed_at=at)
        done.append(what)
        decision = office.post(sold, at.isoformat())
        assert isinstance(decision, Finished), (done, decision)
        check_books(office, sold, done)
        office.xero.writes.clear()
        office.post(sold, at.isoformat())
        assert [] == office.xero.writes, done


def locked_rows(office, lock):
    return sorted(str(row) for row in office.xero.lever("GET", "/_sandbox/ledger") if row["date"] <= lock)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(WHAT), min_size=3, max_size=12), st.integers(1, 3), st.integers(1, 6))
def test_nothing_in_a_locked_period_ever_moves_and_what_is_not_held_is_right(story, count, locked_at):
    """A day passes with each thing that happens; from some day on, all before it is locked."""
    office, lock, before = an_office(), "", []
    sold = summed(sale(1001, "2026-03-02", PAYERS["halaxy patient 501"], [line(n, *LINES[n]) for n in range(count)]))
    done = []
    for number, what in enumerate(("", *story)):
        at = BEGIN + timedelta(days=number)
        if number == locked_at:
            lock = (at - timedelta(days=1)).date().isoformat()
            office.xero.lever("POST", "/_sandbox/people", [{"do": "lock", "period": lock}])
            office.facts["organisation"]["organisation"]["period_lock"] = date.fromisoformat(lock)
            before = locked_rows(office, lock)
        then = summed(happened(sold, what, number, at.isoformat())) if what else sold
        if what and then == sold:
            continue
        if what == "restore" and lock:
            return  # A locked write-off stays: only money that comes later is told, as other income (R17).
        sold = replace(then, version=number + 1, changed_at=at)
        done.append(what)
        decision = office.post(sold, at.isoformat())
        assert before == (locked_rows(office, lock) if lock else []), (done, lock)
        if isinstance(decision, Hold):
            assert "LOCKED_PERIOD" == decision.code, (done, lock, decision)
            return
        if lock and any(item.status == "write-off" for item in sold.lines):
            return  # What is paid on a locked write-off is other income, not the payer's credit (R17).
        check_books(office, sold, (done, lock))
