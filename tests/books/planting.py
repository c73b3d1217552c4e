"""A month in which differences are planted by a seed: each on a sale of its own, with what should be said of it.

The ledger is changed as Xero would show it: a payment that is missing leaves its invoice owing.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from decimal import Decimal
from typing import Any

from books_by_hand import FIRST, books, day, deposit, document, line, money, paid, receipt, row, sale, taxed
from practice_stories import NOTHING, STORIES

from connectors.books.period import Sides
from connectors.books.shown import families
from engine.core.money import ZERO, total
from engine.sdk.capabilities import DepositBalance, LedgerDocument, LedgerMoney, LedgerPayment, SalesBooks
from engine.sdk.records import Sale

CENT = Decimal("0.01")
_IDS = re.compile(r"\b(1\d{3}|9\d{3}|8071)(?=x?\b)")


@dataclass(frozen=True)
class Planted:
    """What a comparison has to say of it."""

    code: str
    about: str
    money: Decimal


class Month:
    """Both sides, changeable; a sale is planted on once."""

    def __init__(self, sides: Sides) -> None:
        self.sides = sides
        self.sales = {each.id: each for each in sides.sales.sales}
        self.deposits = {each.deposit.id: each for each in sides.sales.deposits}
        self.documents = {each.id: each for each in sides.ledger.documents}
        self.beside = {each.id: each for each in sides.ledger.money}
        self.gone: set[str] = set(sides.sales.gone)
        self.used: set[str] = set()
        shown = families(self.documents.values())
        self.untouched = [
            (each, shown[id].documents[0])
            for id, each in self.sales.items()
            if id in shown and not shown[id].gone and _is_plain(each, shown[id].documents)
        ]

    def whole(self) -> Sides:
        """Both sides as they are now."""
        sales = SalesBooks(tuple(self.sales.values()), tuple(self.deposits.values()), frozenset(self.gone))
        ledger = replace(self.sides.ledger, documents=tuple(self.documents.values()), money=tuple(self.beside.values()))
        return replace(self.sides, sales=sales, ledger=ledger)

    def plain(self, chance: random.Random, fits: Callable[[Sale, LedgerDocument], bool]) -> tuple[Sale, LedgerDocument]:
        """A sale with one approved document of which the money is payments alone, not planted on yet."""
        pairs = [pair for pair in self.untouched if pair[0].id not in self.used and fits(*pair)]
        assert pairs, "no sale is left to plant on"
        chosen = chance.choice(pairs)
        self.used.add(chosen[0].id)
        return chosen

    def story(self, chance: random.Random, number: str) -> str:
        """The id prefix of a story that was not planted on yet."""
        free = [id[: -len(number)] for id in (*self.sales, *self.deposits)
                if 0 < len(id) - len(number) <= 2 and id.endswith(number) and id not in self.used]  # fmt: skip
        chosen = chance.choice(free)
        self.used.add(chosen + number)
        return chosen

    def document(self, number: str) -> LedgerDocument:
        return next(each for each in self.documents.values() if each.number == number)

    def money(self, text: str) -> LedgerMoney:
        return next(each for each in self.beside.values() if each.text == text)

    def put(self, made: LedgerDocument | LedgerMoney | Sale | DepositBalance) -> None:
        if isinstance(made, LedgerDocument):
            self.documents[made.id] = made
        elif isinstance(made, LedgerMoney):
            self.beside[made.id] = made
        elif isinstance(made, Sale):
            self.sales[made.id] = made
        else:
            self.deposits[made.deposit.id] = made


def _is_plain(each: Sale, documents: tuple[LedgerDocument, ...]) -> bool:
    payments = all(item.kind == "payment" and item.method not in ("Voucher", "Cash") for item in each.payments)
    simple = payments and not any(item.surcharge or item.fee for item in each.payments)
    stands = len(documents) == 1 and documents[0].status in ("approved", "paid")
    own = {item.id for item in each.payments} == {pid.reference.split()[0][6:] for pid in documents[0].payments}
    return simple and stands and own and each.date >= FIRST and documents[0].date == each.date


def month(more: Sides | None, copies: int, plain: int, chance: random.Random) -> Month:
    """Stories in several copies, plain sales by hand, and a month that was read from the sandboxes."""
    facts: list[Any] = [fact for copy in range(copies) for fact in cloned(copy, 1)]
    ledger: list[Any] = [part for copy in range(copies) for part in cloned(copy, 2)]
    for number in range(plain):
        sold, posted = _plain_sale(number, chance)
        facts.append(sold)
        ledger.append(posted)
    base = books(*ledger)
    sales = SalesBooks(
        tuple(fact for fact in facts if isinstance(fact, Sale)),
        tuple(fact for fact in facts if isinstance(fact, DepositBalance)),
    )
    if more is None:
        return Month(Sides(sales, base))
    whole = replace(
        more.ledger, first=base.first, documents=(*more.ledger.documents, *base.documents),
        money=(*more.ledger.money, *base.money), banks=more.ledger.banks | base.banks,
        liabilities=more.ledger.liabilities | base.liabilities,
    )  # fmt: skip
    return Month(Sides(replace(more.sales, sales=(*more.sales.sales, *sales.sales), deposits=sales.deposits), whole))


def cloned(copy: int, side: int) -> Iterator[Any]:
    """All stories but that of the future under other ids, with a deposit that nobody has used."""
    for story in STORIES:
        if not story[0].startswith("AC-33"):
            for part in story[side]:
                yield _renamed(part, str(copy + 1))
    fresh: dict[int, Any] = {1: deposit("9500", "70.00", "70.00"), 2: _prepaid()}
    yield _renamed(fresh[side], str(copy + 1))


def _prepaid() -> LedgerMoney:
    return LedgerMoney(
        "prepayment", "bt 9500", day(4), "612", money("70.00"), "HX-P-501", "Deposit HX-PT-9500", money("70.00")
    )


def _renamed(value: Any, prefix: str) -> Any:
    if isinstance(value, str):
        return _IDS.sub(lambda found: prefix + found[0], value)
    if isinstance(value, tuple):
        return tuple(_renamed(item, prefix) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{each.name: _renamed(getattr(value, each.name), prefix) for each in fields(value)})
    return value


def _plain_sale(number: int, chance: random.Random) -> tuple[Sale, LedgerDocument]:
    id, on = f"5{number:05}", chance.randint(2, 27)
    prices = [f"{chance.randint(1000, 40000) / 100:.2f}" for _ in range(chance.randint(1, 3))]
    lines = [
        line(str(n), price, "Product" if n % 2 else "Consultation", taxed=bool(n % 2)) for n, price in enumerate(prices)
    ]
    gross = total([each.gross for each in lines])
    share = gross if chance.random() < 0.7 else Decimal(round(gross / 2, 2))
    made = sale(id, lines, [receipt(f"6{number:05}", str(share), on, method="EFTPOS")], on)
    rows = [taxed(price) if n % 2 else row(price) for n, price in enumerate(prices)]
    return made, document(f"HX-{id}", *rows, paid(f"6{number:05}", str(share), on), on=on)


# --- changes as Xero would show them --------------------------------------------------------------


def resized(doc: LedgerDocument, by: Decimal, index: int = 0) -> LedgerDocument:
    """The document with one line larger, and owing so much more."""
    lines = list(doc.lines)
    lines[index] = replace(lines[index], amount=lines[index].amount + by)
    return replace(doc, lines=tuple(lines), total=doc.total + by, due=doc.due + by, status="approved")


def paying(doc: LedgerDocument, *payments: LedgerPayment) -> LedgerDocument:
    """The document with other payments on it."""
    before, after = (total([each.amount for each in some]) for some in (doc.payments, payments))
    return replace(doc, payments=payments, due=doc.due + before - after, status="approved")


def _paid(each: Sale, doc: LedgerDocument) -> bool:
    return len(doc.payments) == 1


Planter = Callable[[Month, random.Random], Planted]


def _on_document(
    code: str, change: Callable[[LedgerDocument], LedgerDocument], worth: Callable[[LedgerDocument], Decimal]
) -> Planter:
    def plant(where: Month, chance: random.Random) -> Planted:
        each, doc = where.plain(chance, lambda _, doc: doc.total > CENT)
        where.put(change(doc))
        return Planted(code, f"invoice {each.id}", worth(doc))

    return plant


def _on_payment(
    code: str, change: Callable[[LedgerPayment], LedgerPayment], worth: Callable[[LedgerPayment], Decimal]
) -> Planter:
    def plant(where: Month, chance: random.Random) -> Planted:
        each, doc = where.plain(chance, _paid)
        where.put(paying(doc, change(doc.payments[0])))
        return Planted(code, f"payment {each.payments[0].id}", worth(doc.payments[0]))

    return plant


def _all_of(doc: LedgerDocument) -> Decimal:
    return doc.total + total([each.amount for each in doc.payments])


def _missing(where: Month, chance: random.Random) -> Planted:
    each, doc = where.plain(chance, lambda *_: True)
    del where.documents[doc.id]
    return Planted("invoice missing", f"invoice {each.id}", _all_of(doc))


def _typed_by_hand(where: Month, chance: random.Random) -> Planted:
    each, doc = where.plain(chance, lambda *_: True)
    where.put(replace(doc, number=f"INV-{each.id}"))
    return Planted("invoice missing", f"invoice {each.id}", _all_of(doc))


def _extra(where: Month, chance: random.Random) -> Planted:
    id = f"77{chance.randint(10**6, 10**7)}"
    where.put(document(f"HX-{id}", row("66.00"), on=9))
    return Planted("invoice extra", f"invoice {id}", money("66.00"))


def _deleted_in_halaxy(where: Month, chance: random.Random) -> Planted:
    each, doc = where.plain(chance, lambda *_: True)
    del where.sales[each.id]
    where.gone.add(each.id)
    return Planted("invoice extra", f"invoice {each.id}", _all_of(doc))


def _now_a_quote(where: Month, chance: random.Random) -> Planted:
    each, doc = where.plain(chance, lambda _, doc: not doc.payments or True)
    where.put(replace(each, kind="quote"))
    return Planted("invoice unwanted", f"invoice {each.id}", _all_of(doc))


def _doubled_invoice(where: Month, chance: random.Random) -> Planted:
    each, doc = where.plain(chance, lambda *_: True)
    where.put(replace(doc, id=f"twin-{each.id}", number=f"INV-{each.id}", payments=(), due=doc.total))
    return Planted("suspected duplicate", f"invoice {each.id}", doc.total)


def _payment_missing(where: Month, chance: random.Random) -> Planted:
    each, doc = where.plain(chance, _paid)
    where.put(paying(doc))
    return Planted("payment missing", f"payment {each.payments[0].id}", doc.payments[0].amount)


def _payment_doubled(where: Month, chance: random.Random) -> Planted:
    each, doc = where.plain(chance, lambda each, doc: _paid(each, doc) and doc.due >= doc.payments[0].amount)
    again = replace(doc.payments[0], id=f"again-{each.id}")
    where.put(paying(doc, doc.payments[0], again))
    return Planted("payment doubled", f"payment {each.payments[0].id}", again.amount)


def _payment_extra(where: Month, chance: random.Random) -> Planted:
    each, doc = where.plain(chance, lambda _, doc: doc.due > money("3.00"))
    where.put(paying(doc, *doc.payments, paid(f"88{each.id}", "3.00")))
    return Planted("payment extra", f"payment 88{each.id}", money("3.00"))


def _payment_by_person(where: Month, chance: random.Random) -> Planted:
    each, doc = where.plain(chance, lambda _, doc: doc.due > money("4.00"))
    where.put(paying(doc, *doc.payments, paid(f"p{each.id}", "4.00", reference="typed by hand")))
    return Planted("payment extra", f"payment xp-p{each.id}", money("4.00"))


def _on_another_invoice(where: Month, chance: random.Random) -> Planted:
    each, doc = where.plain(chance, _paid)
    amount = doc.payments[0].amount
    _, its = where.plain(chance, lambda _, doc: doc.due >= ZERO)
    where.put(paying(doc))
    where.put(
        paying(its, *its.payments, doc.payments[0])
        if its.due >= amount
        else replace(its, payments=(*its.payments, doc.payments[0]), due=max(its.due - amount, ZERO))
    )
    return Planted("payment on another invoice", f"payment {each.payments[0].id}", amount)


def _removed_receipt(where: Month, chance: random.Random) -> Planted:
    each, doc = where.plain(chance, _paid)
    where.put(replace(each, payments=()))
    return Planted("payment extra", f"payment {each.payments[0].id}", doc.payments[0].amount)


def _dearer_in_halaxy(where: Month, chance: random.Random) -> Planted:
    each, _ = where.plain(chance, lambda *_: True)
    extra = line("99", "15.00")
    totals = replace(
        each.totals, net=each.totals.net + 15, gross=each.totals.gross + 15, balance=each.totals.balance + 15
    )
    where.put(replace(each, lines=(*each.lines, extra), totals=totals))
    return Planted("total", f"invoice {each.id}", money("15.00"))


def _another_payer(where: Month, chance: random.Random) -> Planted:
    each, doc = where.plain(chance, lambda *_: True)
    where.put(replace(each, payer=replace(each.payer, id="987654")))
    return Planted("contact", f"invoice {each.id}", doc.total)


def _given_up(where: Month, chance: random.Random) -> Planted:
    each, doc = where.plain(chance, lambda each, doc: not each.payments or doc.due > ZERO)
    lines = tuple(replace(item, status="write-off") for item in each.lines)
    where.put(replace(each, lines=lines, status="write-off", totals=NOTHING))
    return Planted("write-off", f"invoice {each.id}", doc.due)


def _beside(
    story: str, text: str, code: str, about: str, change: Callable[[LedgerMoney], LedgerMoney | None], worth: str
) -> Planter:
    """Something of the money beside payments; `{}` in texts is the prefix of the copy."""

    def plant(where: Month, chance: random.Random) -> Planted:
        prefix = where.story(chance, story)
        old = where.money(text.format(prefix))
        del where.beside[old.id]
        if (new := change(old)) is not None:
            where.put(new)
        return Planted(code, about.format(prefix), money(worth))

    return plant


def _document_of(
    story: str,
    number: str,
    code: str,
    about: str,
    change: Callable[[LedgerDocument], LedgerDocument | None],
    worth: str,
    owing: str = "",
) -> Planter:
    """A document of a story; where `owing` is given, the sale's invoice owes so much more without it."""

    def plant(where: Month, chance: random.Random) -> Planted:
        prefix = where.story(chance, story)
        old = where.document(number.format(prefix))
        del where.documents[old.id]
        if (new := change(old)) is not None:
            where.put(new)
        if owing:
            first = where.document(f"HX-{prefix}{story}")
            where.put(replace(first, due=first.due + money(owing), status="approved"))
        return Planted(code, about.format(prefix), money(worth))

    return plant


def _refund(change: Callable[[LedgerPayment], LedgerPayment]) -> Callable[[LedgerDocument], LedgerDocument]:
    return lambda doc: replace(doc, payments=(change(doc.payments[0]),))


def _less(amount: str) -> Callable[[Any], Any]:
    return lambda item: replace(item, total=item.total - money(amount))


def _unapplied(where: Month, chance: random.Random) -> Planted:
    prefix = where.story(chance, "1031")
    where.used.add(f"{prefix}9231")
    first, held = where.document(f"HX-{prefix}1031"), where.money(f"Deposit HX-PT-{prefix}9231")
    where.put(replace(first, due=money("100.00"), status="approved"))
    where.put(replace(held, left=money("100.00")))
    return Planted("due", f"invoice {prefix}1031", money("100.00"))


def _note_unapplied(where: Month, chance: random.Random) -> Planted:
    prefix = where.story(chance, "1050")
    for number in ("", "-CN1"):
        old = where.document(f"HX-{prefix}1050{number}")
        where.put(replace(old, due=money("140.00"), status="approved"))
    return Planted("due", f"invoice {prefix}1050", money("140.00"))


def _unknown_money(where: Month, chance: random.Random) -> Planted:
    id = f"99{chance.randint(10**6, 10**7)}"
    where.put(LedgerMoney("spent", f"bt {id}", day(9), "615", money("2.20"), "", f"HX-PT-{id} fee"))
    return Planted("money extra", f"payment {id}", money("2.20"))


def _wrong_account(doc: LedgerDocument) -> LedgerDocument:
    return replace(doc, lines=(replace(doc.lines[0], account="205"), *doc.lines[1:]))


def _wrong_tax_type(doc: LedgerDocument) -> LedgerDocument:
    return replace(
        doc,
        lines=(
            replace(doc.lines[0], tax_type="INPUT" if doc.lines[0].tax_type == "BASEXCLUDED" else "BASEXCLUDED"),
            *doc.lines[1:],
        ),
    )


def _wrong_tax(doc: LedgerDocument) -> LedgerDocument:
    return replace(doc, tax=doc.tax + CENT, lines=(replace(doc.lines[0], tax=doc.lines[0].tax + CENT), *doc.lines[1:]))


def _other_day(day_: Any) -> Any:
    return day_.replace(day=day_.day + 1) if day_.day < 28 else day_.replace(day=day_.day - 1)


def _next_month(day_: Any) -> Any:
    return day_.replace(day=1, month=day_.month - 1)


KINDS: dict[str, Planter] = {
    "invoice missing": _missing,
    "invoice typed by hand": _typed_by_hand,
    "invoice voided by a person": _on_document("invoice voided", lambda doc: replace(doc, status="gone", payments=()), _all_of),
    "draft left": _on_document("invoice draft", lambda doc: replace(doc, status="draft", payments=(), due=doc.total), _all_of),
    "invoice of nobody": _extra,
    "deleted in Halaxy": _deleted_in_halaxy,
    "a quote in Halaxy": _now_a_quote,
    "invoice doubled": _doubled_invoice,
    "a cent too much": _on_document("total", lambda doc: resized(doc, CENT), lambda _: CENT),
    "a cent too little": _on_document("total", lambda doc: resized(doc, -CENT), lambda _: CENT),
    "line edited": _on_document("total", lambda doc: resized(doc, money("5.00")), lambda _: money("5.00")),
    "dearer in Halaxy": _dearer_in_halaxy,
    "account swapped": _on_document("account", _wrong_account, lambda doc: doc.lines[0].amount),
    "tax rate wrong": _on_document("tax type", _wrong_tax_type, lambda doc: doc.lines[0].amount),
    "tax off by a cent": _on_document("tax", _wrong_tax, lambda _: CENT),
    "date wrong": _on_document("date", lambda doc: replace(doc, date=_other_day(doc.date)), lambda _: ZERO),
    "date in another month": _on_document("date", lambda doc: replace(doc, date=_next_month(doc.date)), lambda doc: doc.total),
    "contact wrong": _on_document("contact", lambda doc: replace(doc, contact="HX-P-999", contact_name="Somebody"), lambda doc: doc.total),
    "payer changed in Halaxy": _another_payer,
    "due is wrong": _on_document("due", lambda doc: replace(doc, due=doc.due + money("7.00")), lambda _: money("7.00")),
    "payment missing": _payment_missing,
    "payment doubled": _payment_doubled,
    "payment of no receipt": _payment_extra,
    "payment typed by hand": _payment_by_person,
    "payment removed in Halaxy": _removed_receipt,
    "payment on another invoice": _on_another_invoice,
    "payment a cent too little": _on_payment("payment amount", lambda item: replace(item, amount=item.amount - CENT), lambda _: CENT),
    "payment date wrong": _on_payment("payment date", lambda item: replace(item, date=_other_day(item.date)), lambda _: ZERO),
    "payment in another month": _on_payment("payment date", lambda item: replace(item, date=_next_month(item.date)), lambda item: item.amount),
    "method mapped elsewhere": _on_payment("payment account", lambda item: replace(item, account="619"), lambda item: item.amount),
    "written off in Halaxy": _given_up,
    "write-off missing": _document_of("1051", "HX-{}1051-WO1", "write-off", "invoice {}1051", lambda _: None, "180.00", "180.00"),
    "write-off too small": _document_of("1054", "HX-{}1054-WO1", "write-off", "invoice {}1054", _less("20.00"), "20.00", "20.00"),
    "opening balance wrong": _document_of("1071", "HX-{}1071", "opening balance", "invoice {}1071", lambda doc: resized(doc, money("10.00")), "10.00"),
    "rounding too large": _document_of("1140", "HX-{}1140-RND1", "rounding", "invoice {}1140", lambda doc: replace(doc, total=money("0.50")), "0.50"),
    "discount missing": _document_of("1041", "HX-{}1041-CN1", "discount", "invoice {}1041", lambda _: None, "11.70", "11.70"),
    "credit note missing": _document_of("1046", "HX-{}1046-CN1", "total", "invoice {}1046", lambda _: None, "120.00"),
    "refund missing": _document_of("1024", "HX-{}1024-CN1", "refund missing", "payment {}9124", lambda doc: replace(doc, payments=(), due=money("95.00")), "95.00"),
    "refund too small": _document_of("1024", "HX-{}1024-CN1", "refund amount", "payment {}9124", lambda doc: replace(_refund(lambda item: replace(item, amount=item.amount - 1))(doc), due=money("1.00")), "1.00"),
    "refund from another account": _document_of("1024", "HX-{}1024-CN1", "refund account", "payment {}9124", _refund(lambda item: replace(item, account="615")), "95.00"),
    "refund on another day": _document_of("1024", "HX-{}1024-CN1", "refund date", "payment {}9124", _refund(lambda item: replace(item, date=day(12))), "0.00"),
    "overpayment missing": _beside("1030", "Overpayment HX-PT-{}9130", "payment missing", "payment {}9130", lambda _: None, "95.00"),
    "card fee missing": _beside("1024", "HX-PT-{}9024 fee", "fee missing", "payment {}9024", lambda _: None, "2.55"),
    "card fee wrong": _beside("1024", "HX-PT-{}9024 fee", "fee differs", "payment {}9024", lambda old: replace(old, total=money("2.85")), "0.30"),
    "surcharge missing": _beside("1025", "HX-PT-{}9025 surcharge", "surcharge missing", "payment {}9025", lambda _: None, "1.50"),
    "chargeback fee missing": _beside("1035", "HX-PT-{}9035 chargeback fee", "dispute missing", "payment {}9035", lambda _: None, "25.00"),
    "money did not come back": _beside("1035", "HX-PT-{}9035 reversed (out)", "reversal missing", "payment {}9035", lambda _: None, "80.00"),
    "deposit missing": _beside("9500", "Deposit HX-PT-{}9500", "deposit missing", "deposit {}9500", lambda _: None, "70.00"),
    "deposit too small": _beside("9500", "Deposit HX-PT-{}9500", "deposit amount", "deposit {}9500", _less("10.00"), "10.00"),
    "deposit in another account": _beside("9500", "Deposit HX-PT-{}9500", "deposit account", "deposit {}9500", lambda old: replace(old, account="613"), "70.00"),
    "deposit balance off": _beside("9500", "Deposit HX-PT-{}9500", "deposit balance", "deposit {}9500", lambda old: replace(old, left=money("60.00")), "10.00"),
    "deposit not applied": _unapplied,
    "credit not applied": _note_unapplied,
    "money of an unknown receipt": _unknown_money,
}  # fmt: skip
