"""Lists of the Halaxy sandbox: paging, honoured and ignored filters, includes, order, metadata."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("size", [1, 7, 30, 100])
@pytest.mark.parametrize("unsorted", [False, True])
def test_pages_lose_and_double_no_row(october, size, unsorted):
    october.admin("switches", {"unsorted": unsorted})
    found = october.pages("PaymentTransaction", _count=size)
    assert len(found) == october.get("PaymentTransaction")["total"] == len(set(found))
    assert (found == sorted(found)) is not unsorted


def test_a_page_has_thirty_rows_unless_asked_otherwise(october):
    assert len(october.ids("Invoice")) == 30
    assert len(october.ids("Invoice", _count=100)) == 100
    assert len(october.ids("Invoice", _count=500)) == 100
    october.admin("switches", {"count_over_limit": "error"})
    october.get("Invoice", _count=101, expect=422)


@pytest.mark.parametrize("query", [{"page": "0"}, {"page": "x"}, {"_count": "0"}, {"_count": "-1"}, {"page": "1.5"}])
def test_unreadable_paging_is_refused(october, query):
    october.get("Invoice", expect=422, **query)
    october.admin("switches", {"invalid_status": 400})
    october.get("Invoice", expect=400, **query)


def test_links_lead_through_the_pages_and_keep_the_filters(october):
    def relations(**query):
        return {link["relation"]: link["url"] for link in october.get("Invoice", _count=50, **query)["link"]}

    first = relations(status="active")
    assert set(first) == {"self", "first", "next", "last"}
    assert first["next"] == "https://au-api.halaxy.com/main/Invoice?status=active&_count=50&page=2"
    assert set(relations(page=2)) == {"self", "first", "previous", "next", "last"}
    assert set(relations(page=3)) == {"self", "first", "previous", "last"}
    october.admin("switches", {"links_style": "seen"})
    assert set(relations(page=2)) == {"self", "next", "last"}
    october.admin("switches", {"links_style": "none"})
    assert "link" not in october.get("Invoice")


def test_links_point_at_the_host_that_was_asked(practice):
    answer = practice.ask("GET", "/main/Invoice", host="localhost:4711")
    assert b'"url":"http://localhost:4711/main/Invoice?' in answer.body
    assert b'"reference":"http://localhost:4711/main/Patient/70000001"' in answer.body


def test_totals_are_left_out_or_come_alone(practice):
    assert "total" not in practice.get("Invoice", _total="none")
    assert "last" not in [link["relation"] for link in practice.get("Invoice", _total="none")["link"]]
    counted = practice.get("Invoice", _summary="count")
    assert counted["total"] == 3
    assert "entry" not in counted


def test_an_empty_page_has_an_empty_or_no_entry_list(practice):
    assert practice.get("Invoice", page=9)["entry"] == []
    practice.admin("switches", {"empty_entry_present": False})
    assert "entry" not in practice.get("Invoice", page=9)


@pytest.mark.parametrize(
    "path, query, found",
    [
        ("Invoice", {"_id": "410000103,410000101"}, ["410000101", "410000103"]),
        ("Invoice", {"status": "active"}, ["410000101", "410000102", "410000103"]),
        ("Invoice", {"status": "issued"}, []),
        ("Invoice", {"recipient": "Patient/70000001"}, ["410000101"]),
        ("Invoice", {"recipient": "Organization/OG-3000001"}, ["410000102"]),
        ("Invoice", {"recipient": "https://au-api.halaxy.com/main/Patient/70000002"}, ["410000103"]),
        ("Invoice", {"recipient": "/main/Patient/70000002,Patient/70000001"}, ["410000101", "410000103"]),
        ("Invoice", {"practitioner": "PR-1000011"}, ["410000101", "410000102"]),
        ("Invoice", {"practitioner_role": "PR-2000012"}, ["410000102"]),
        ("Invoice", {"organization": "Organization/CL-40001"}, ["410000101"]),
        ("Invoice", {"total_balance": "gt200"}, ["410000101", "410000103"]),
        ("Invoice", {"total_balance": "180"}, ["410000102"]),
        ("Invoice", {"total_balance": "ne180.00", "total_paid": "le0"}, ["410000101", "410000103"]),
        ("InvoiceLine", {"invoice": "Invoice/410000101"}, ["880000200", "880000201"]),
        ("InvoiceLine", {"invoice": "410000102"}, ["880000202"]),
        ("InvoiceLine", {"subject": "Patient/70000002"}, ["880000202", "880000203"]),
        ("InvoiceLine", {"funder": "FD-100200"}, ["880000201"]),
        ("InvoiceLine", {"amount": "lt100"}, ["880000201"]),
        ("InvoiceLine", {"performer": "PR-1000011", "amount": "ge180"}, ["880000202"]),
        ("InvoiceLine", {"coverage": "1"}, []),
        ("ChargeItemDefinition", {"title": "example"}, ["6600401"]),
        ("ChargeItemDefinition", {"code": "80111"}, []),
        ("ChargeItemDefinition", {"property_group_status": "2"}, []),
        ("Patient", {"name": "sample o"}, ["70000001"]),
        ("Patient", {"family": "t"}, ["70000002"]),
        ("Patient", {"family:exact": "two"}, []),
        ("Patient", {"email:contains": "PATIENT"}, ["70000001"]),
        ("Organization", {"name": "Example Clinic"}, ["CL-40001", "CL-40002"]),
    ],
)
def test_filters_of_the_sheet_are_honoured(practice, path, query, found):
    assert practice.ids(path, **query) == found


@pytest.mark.parametrize(
    "path, query",
    [
        ("PaymentTransaction", {"invoice": "Invoice/1"}),
        ("PaymentTransaction", {"method": "Cash"}),
        ("Invoice", {"date": "ge2030-01-01"}),
        ("Invoice", {"totalBalance": "gt99999"}),
        ("Invoice", {"_offset": "50"}),
        ("Invoice", {"recipient:missing": "true"}),
        ("Invoice", {"pagination": "true"}),
        ("Invoice", {"_sort": "-date"}),
    ],
)
def test_unknown_parameters_are_silently_ignored(practice, path, query):
    practice.staff("record_payment", invoice="410000101", amount=5)
    assert practice.ids(path, **query) == practice.ids(path)


def test_unknown_parameters_can_be_made_errors(practice):
    practice.admin("switches", {"unknown_param": "error"})
    outcome = practice.get("PaymentTransaction", invoice="Invoice/1", expect=422)
    assert outcome["issue"][0]["diagnostics"] == "unknown search parameter: invoice"
    practice.get("PaymentTransaction", created="ge2026-01-01", _total="none", page=1)


def test_the_names_of_the_total_filters_can_be_camel_case(practice):
    practice.admin("switches", {"total_filter_names": "camel"})
    assert practice.ids("Invoice", totalBalance="180") == ["410000102"]
    assert len(practice.ids("Invoice", total_balance="180")) == 3


@pytest.mark.parametrize("value", ["70000001", "OG-3000001", "Patient/70000001,70000002"])
def test_a_bare_recipient_is_unprocessable(practice, value):
    practice.admin("switches", {"invalid_status": 400})
    assert practice.get("Invoice", recipient=value, expect=422)["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize("value", ["", "ge", "yesterday", "ge2026-13-01", "2026-03-02T10:00:00 11:00", "ge2026-02-30"])
def test_an_unreadable_date_is_refused(practice, value):
    practice.get("Invoice", created=value, expect=422)


@pytest.mark.parametrize("value", ["gtx", "NaN", "1,y"])
def test_an_unreadable_number_is_refused(practice, value):
    practice.get("Invoice", total_balance=value, expect=422)


# The payment was made at 2026-03-02T11:00:00+11:00, which is midnight in UTC.
@pytest.mark.parametrize(
    "created, hit",
    [
        ("2026-03-02", True),
        ("2026-03-01", False),
        ("2026-03", True),
        ("2026", True),
        ("ne2026-03-02", False),
        ("ge2026-03-02", True),
        ("gt2026-03-02", False),
        ("gte2026-03-02T11:00:00+11:00", True),
        ("ge2026-03-02T00:00:00Z", True),
        ("gt2026-03-02T00:00:00Z", False),
        ("gt2026-03-01T23:59:59Z", True),
        ("gt2026-03-01T23:59:59.999Z", True),
        ("lt2026-03-02T00:00:00Z", False),
        ("le2026-03-02T00:00:00Z", True),
        ("lte2026-03-02", True),
        ("2026-03-02T11:00:00", True),
        ("2026-03-02T11:00", True),
        ("ge2026-03-02T00:00:01Z,2026-03-02", True),
        (["ge2026-03-01", "lt2026-03-03"], True),
        (["ge2026-03-01", "lt2026-03-02"], False),
    ],
)
def test_dates_are_compared_with_their_prefix_and_zone(practice, created, hit):
    practice.staff("record_payment", invoice="410000101")
    for query in ({"created": created}, {"_lastUpdated": created}):
        assert practice.get("PaymentTransaction", **query)["total"] == int(hit)


def test_dates_without_a_time_can_be_meant_in_utc(practice):
    practice.wait(hours=14)
    practice.sign_in()
    practice.staff("record_payment", invoice="410000101")
    assert practice.get("PaymentTransaction", created="2026-03-03")["total"] == 1
    practice.admin("switches", {"date_only_zone": "utc"})
    assert practice.get("PaymentTransaction", created="2026-03-03")["total"] == 0


def test_includes_come_after_the_rows_once_each(october):
    query = {"_include": ["Invoice:recipient", "Invoice:practitioner"]}
    more = {
        **query,
        "_include:iterate": ["PractitionerRole:practitioner", "PractitionerRole:organization"],
        "_count": 100,
    }
    entries = [entry["resource"] for entry in october.get("Invoice", **more)["entry"]]
    keys = [(one["resourceType"], one["id"]) for one in entries]
    assert len(keys) == len(set(keys))
    assert [kind for kind, _ in keys[:100]] == ["Invoice"] * 100
    assert {kind for kind, _ in keys[100:]} == {
        "Patient",
        "Organization",
        "PractitionerRole",
        "Practitioner",
    }
    wanted = {entry["recipient"]["reference"].rpartition("/")[2] for entry in entries[:100]}
    assert wanted <= {identity for _, identity in keys[100:]}


def test_an_include_of_another_type_is_ignored(practice):
    assert practice.ids("Invoice", _include="InvoiceLine:subject") == practice.ids("Invoice")


def test_sorting_works_where_it_is_listed(october):
    newest = october.get("Patient", _sort="name", _count=100)["entry"]
    names = [(n["family"], n["given"][0]) for n in (entry["resource"]["name"][-1] for entry in newest)]
    assert names == sorted(names)
    starts = [entry["resource"]["start"] for entry in october.get("Appointment", _sort="-date")["entry"]]
    assert starts == sorted(starts, reverse=True)


def test_entries_can_carry_their_address_and_mode(practice):
    practice.admin("switches", {"entry_extras": True})
    entries = practice.get("Invoice", _id="410000101", _include="Invoice:recipient")["entry"]
    assert [(entry["fullUrl"].rpartition("/main/")[2], entry["search"]["mode"]) for entry in entries] == [
        ("Invoice/410000101", "match"),
        ("Patient/70000001", "include"),
    ]


def test_metadata_lists_the_parameters_that_work(practice):
    resources = {one["type"]: one for one in practice.get("metadata")["rest"][0]["resource"]}
    assert [one["name"] for one in resources["PaymentTransaction"]["searchParam"]] == ["_id", "_lastUpdated", "created"]
    assert "recipient" in [one["name"] for one in resources["Invoice"]["searchParam"]]
    listed = practice.get("SearchParameter")
    assert listed["total"] == len(listed["entry"]) == sum(len(one["searchParam"]) for one in resources.values())
