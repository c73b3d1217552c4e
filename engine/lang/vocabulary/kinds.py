"""The types that settings, maps, inputs and fields can declare, with what each is for.

How a text becomes a value of its type stands in `engine.lang.types`.
"""

from __future__ import annotations

from engine.lang.vocabulary.entry import Known

SIMPLE = (
    Known("text", "Any text, exactly as it is typed.", "0200"),
    Known("yes or no", "yes, true or on; no, false or off.", "yes"),
    Known("whole number", "Digits only, perhaps with a minus.", "60"),
    Known("number", "Digits and at most one point; exact, never rounded on the way.", "1.25"),
    Known("money", "A sum in the practice's currency: digits and two decimals, no sign of a currency.", "1250.50"),
    Known("percent", "A share, written with its sign; 10% counts as 0.10 in expressions.", "10%"),
    Known("date", "A day: year, month, day.", "2026-01-31"),
    Known("time of day", "Hours and minutes of a 24-hour clock.", "09:30"),
    Known(
        "date and time", "A moment; it names its offset, so that nobody has to guess a zone.", "2026-01-31T09:30+10:00"
    ),
    Known("duration", "A length of time.", "3 business days"),
    Known("email", "One e-mail address alone.", "desk@practice.example"),
    Known("phone", "A telephone number; one without a country belongs to the practice's country.", "0400 000 000"),
    Known("web address", "A whole address of the web.", "https://practice.example/page"),
    Known("id", "A vendor's own id, copied from where it is shown; no spaces.", "b2c3d4"),
    Known("choice", "One of the words listed under `choices`.", "authorised"),
    Known("file", "A file with its name, kind and size; it comes from a step and cannot be typed.", "= letter"),
)
RECORDS = (
    Known("sale", "An invoice with its lines, payer and money, as an event brings it.", "= invoice"),
    Known("receipt", "A payment, refund or deposit.", "= payment"),
    Known("payer", "The person or organisation that is billed.", "= invoice.payer"),
    Known("deposit", "Money that is held for later invoices.", "= deposit"),
    Known("payout", "Money that a payment service paid out in one sum.", "= payout"),
    Known("expense", "Money that the practice spent.", "= expense"),
    Known("day", "The sales of one location on one day.", "= day"),
    Known("practitioner month", "What a practitioner brought in within a month.", "= month"),
)
REFERENCES = (
    Known("xero account", "The code of an account in Xero.", "200"),
    Known("xero tax rate", "The tax type of a tax rate in Xero.", "EXEMPTOUTPUT"),
    Known("xero tracking option", "The name of an option of a tracking category in Xero.", "Manly"),
    Known("xero contact", "The id of a contact in Xero.", "6b1f3c52-0000-4000-8000-000000000001"),
    Known("halaxy practitioner", "The id of a practitioner in Halaxy.", "PR-1"),
    Known("halaxy location", "The id of a clinic in Halaxy.", "CL-1"),
    Known("halaxy fee category", "The name of a fee category in Halaxy.", "Consultation"),
    Known("notification channel", "A channel of `daybook.yaml`.", "inbox"),
    Known("email list", "The name of an e-mail list.", "newsletter"),
    Known("person", "A person or a role of `daybook.yaml`, or the address of one of its people.", "practice manager"),
)
TYPES = (*SIMPLE, *RECORDS, *REFERENCES)
# In front of any other type: `list of text`, `map of xero account`.
PREFIXES = (
    Known("list of ", "Several of one type, an entry a line.", "list of email"),
    Known("map of ", "`name: value` lines whose values have one type.", "map of xero account"),
)
