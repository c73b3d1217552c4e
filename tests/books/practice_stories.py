"""Special stories of the accounting cases, both sides by hand; each agrees. Ids of one story occur in no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from books_by_hand import beside, day, deposit, document, line, money, paid, receipt, row, sale, taxed

from engine.core.money import ZERO
from engine.sdk.records import Totals

NOTHING = Totals(ZERO, ZERO, ZERO, ZERO, ZERO)
CARD = {"method": "Braintree"}

# (name, facts of Halaxy, what stands in Xero)
STORIES: Sequence[tuple[str, list[Any], list[Any]]] = (
    ("AC-02 mixed, paid", [sale("1002", [line("1", "95.00"), line("2", "22.00", "Product", taxed=True)], [receipt("9002", "117.00")])],
     [document("HX-1002", row("95.00"), taxed("22.00"), paid("9002", "117.00"))]),
    ("AC-20 a part is open", [sale("1020", [line("1", "95.00")], [receipt("9020", "40.00")])],
     [document("HX-1020", row("95.00"), paid("9020", "40.00"))]),
    ("AC-24 card fee and refund from the practice's card",
     [sale("1024", [line("1", "95.00", status="voided")], [receipt("9024", "95.00", fee=money("2.55"), **CARD), receipt("9124", "95.00", 11, "refund", **CARD)])],
     [document("HX-1024", row("95.00"), paid("9024", "95.00", account="615")),
      document("HX-1024-CN1", row("95.00"), paid("9124", "95.00", 11, "091", "HX-PT-9124 refund"), on=11, reference="Refund of HX-1024"),
      beside("spent", "HX-PT-9024 fee", "2.55", account="615")]),
    ("AC-25 surcharge", [sale("1025", [line("1", "100.00")], [receipt("9025", "100.00", surcharge=money("1.50"), fee=money("2.00"), **CARD)])],
     [document("HX-1025", row("100.00"), paid("9025", "100.00", account="615")),
      beside("received", "HX-PT-9025 surcharge", "1.50", account="615"), beside("spent", "HX-PT-9025 fee", "2.00", account="615")]),
    ("AC-29 overpaid, the rest refunded", [sale("1029", [line("1", "95.00")], [receipt("9029", "100.00"), receipt("9129", "5.00", 12, "refund")])],
     [document("HX-1029", row("95.00"), paid("9029", "95.00")),
      beside("overpayment", "Overpayment HX-PT-9029", "5.00", refunds=(paid("9129", "5.00", 12, "612", "HX-PT-9129 refund"),))]),
    ("AC-30 charged twice, the second kept", [sale("1030", [line("1", "95.00")], [receipt("9030", "95.00"), receipt("9130", "95.00", 13)])],
     [document("HX-1030", row("95.00"), paid("9030", "95.00")),
      beside("overpayment", "Overpayment HX-PT-9130", "95.00", 13, left=money("95.00"))]),
    ("AC-31 a deposit, applied", [deposit("9231", "100.00", "0.00"), sale("1031", [line("1", "120.00")], [
        receipt("9331", "100.00", 5, "deposit_applied", deposit="9231"), receipt("9031", "20.00")])],
     [beside("prepayment", "Deposit HX-PT-9231", "100.00", 4), document("HX-1031", row("120.00"), paid("9031", "20.00"), used="100.00")]),
    ("AC-32 a deposit, a part left", [deposit("9232", "80.00", "30.00", refunds=(receipt("9332", "50.00", 9, "refund"),))],
     [beside("prepayment", "Deposit HX-PT-9232", "80.00", 4, left=money("30.00"), refunds=(paid("9332", "50.00", 9, "612", "HX-PT-9332 refund"),))]),
    ("AC-33 paid before its day", [sale("1033", [line("1", "90.00")], [receipt("9033", "90.00")], date=day(9, 4))],
     [beside("prepayment", "Prepaid HX-1033 HX-PT-9033", "90.00", left=money("90.00"))]),
    ("AC-34 a failed attempt", [sale("1034", [line("1", "60.00")], [receipt("9034", "60.00", kind="failed")])], [document("HX-1034", row("60.00"))]),
    ("AC-35 charged back after the payout",
     [sale("1035", [line("1", "80.00")], [receipt("9035", "80.00", method="Stripe"), receipt("9135", "80.00", 20, "dishonour", method="Stripe", reverses="9035", dispute_fee=money("25.00"))])],
     [document("HX-1035", row("80.00")), beside("received", "HX-PT-9035 reversed", "80.00", account="617"),
      beside("spent", "HX-PT-9035 reversed (out)", "80.00", 20, "617"), beside("spent", "HX-PT-9035 chargeback fee", "25.00", 20, "617")]),
    ("AC-38 the bookkeeper was first", [sale("1038", [line("1", "95.00")], [receipt("9038", "95.00")])],
     [document("HX-1038", row("95.00"), paid("typed", "95.00", 8, "090", "bank 1138"))]),
    ("AC-39 a voucher sold and used", [sale("1039", [line("1", "100.00", "Gift voucher")], [receipt("9039", "100.00")]),
                                       sale("1139", [line("1", "95.00")], [receipt("9139", "95.00", method="Voucher")])],
     [document("HX-1039", row("100.00", "836", "BASEXCLUDED"), paid("9039", "100.00")), document("HX-1139", row("95.00"), paid("9139", "95.00", account="836"))]),
    ("AC-40 cash rounded up and down", [sale("1040", [line("1", "82.33")], [receipt("9040", "82.35", method="Cash")]),
                                        sale("1140", [line("1", "82.32")], [receipt("9140", "82.30", method="Cash")])],
     [document("HX-1040", row("82.33"), paid("9040", "82.33", account="611")), beside("received", "HX-PT-9040 rounding", "0.02", account="611"),
      document("HX-1140", row("82.32"), paid("9140", "82.30", account="611"), used="0.02"), document("HX-1140-RND1", row("0.02", "860", "BASEXCLUDED"), used="0.02")]),
    ("AC-41 a discount among the payments", [sale("1041", [line("1", "95.00"), line("2", "22.00", "Product", taxed=True)], [receipt("9041", "11.70", method="Discount"), receipt("9141", "105.30")])],
     [document("HX-1041", row("95.00"), taxed("22.00"), paid("9141", "105.30"), used="11.70"),
      document("HX-1041-CN1", row("9.50"), taxed("2.20"), on=6, used="11.70", reference="HX-PT-9041 Discount")]),
    ("AC-44 refunded, the fee still owed", [sale("1044", [line("1", "95.00")], [receipt("9044", "95.00"), receipt("9144", "95.00", 11, "refund")])],
     [document("HX-1044", row("95.00")),
      beside("overpayment", "Was payment HX-PT-9044", "95.00", refunds=(paid("9144", "95.00", 11, "612", "HX-PT-9144 refund"),))]),
    ("AC-46 a refund kept as a deposit", [deposit("9146", "120.00", "120.00", 12, invoice="1046"),
                                          sale("1046", [line("1", "120.00", status="voided")], [receipt("9046", "120.00"), receipt("9146", "120.00", 12, "to_deposit", deposit="9146")])],
     [document("HX-1046", row("120.00"), paid("9046", "120.00")), document("HX-1046-CN1", row("120.00"), on=12, reference="HX-PT-9146 to deposit")]),
    ("AC-48 a fee came after a part payment", [sale("1048", [line("1", "95.00"), line("2", "25.00")], [receipt("9048", "50.00"), receipt("9148", "70.00", 14)])],
     [document("HX-1048", row("95.00"), paid("9048", "50.00"), paid("9148", "45.00", 14)), document("HX-1048-A1", row("25.00"), paid("9148x", "25.00", 14, "612", "HX-PT-9148 EFTPOS (2)"), on=13)]),
    ("AC-50 the payer changed", [sale("1050", [line("1", "200.00")], [receipt("9050", "60.00")], payer=replace(sale("0", []).payer, id="502", name="Ben Okafor"))],
     [document("HX-1050", row("200.00"), paid("9050", "60.00"), used="140.00"), document("HX-1050-CN1", row("140.00"), on=20, used="140.00"),
      document("HX-1050-R1", row("140.00"), on=20, contact="HX-P-502")]),
    ("AC-51 written off", [sale("1051", [line("1", "180.00", status="write-off")], status="write-off", totals=NOTHING)],
     [document("HX-1051", row("180.00"), used="180.00"), document("HX-1051-WO1", row("180.00", "407", "BASEXCLUDED"), on=20, used="180.00")]),
    ("AC-54 the rest written off after a part payment", [sale("1054", [line("1", "60.00"), line("2", "120.00", status="write-off")], [receipt("9054", "60.00")])],
     [document("HX-1054", row("180.00"), paid("9054", "60.00"), used="120.00"), document("HX-1054-WO1", row("120.00", "407", "BASEXCLUDED"), on=20, used="120.00")]),
    ("AC-58 moved out of a locked period", [sale("1058", [line("1", "70.00")], on=2)], [document("HX-1058", row("70.00"), on=10, reference="HX pt 501 / dated 2026-03-02")]),
    ("AC-71 an opening balance", [sale("1071", [line("1", "300.00")], [receipt("8071", "100.00"), receipt("9071", "50.00", 9)], date=day(10, 1).replace(year=2025))],
     [document("HX-1071", row("200.00", "899", "BASEXCLUDED"), paid("9071", "50.00", 9), date=day(1, 1))]),
    ("restored under a new number", [sale("1072", [line("1", "95.00")], [receipt("9072", "95.00")])],
     [document("HX-1072", row("95.00"), status="gone"), document("HX-1072-R1", row("95.00"), paid("9072", "95.00"))]),
)  # fmt: skip


def _before_the_start() -> None:
    """The first payment of the opening balance was made before the books began."""
    _, facts, _ = next(story for story in STORIES if story[0].startswith("AC-71"))
    earlier = replace(facts[0].payments[0], date=day(20, 12).replace(year=2025))
    facts[0] = replace(facts[0], payments=(earlier, facts[0].payments[1]))


_before_the_start()
