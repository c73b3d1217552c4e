"""What a run waits for is stored as a keyed digest where the field is sensitive, and is found all the same."""

from __future__ import annotations

from pathlib import Path

from cryptography.fernet import Fernet
from office import Office

from engine.library.schema import sensitive_paths
from engine.store.secrets import SecretBox

CLAIM = "CLAIM-7731-example"
RULE = """rule: A test
when: shop.asked
steps:
  - money:
      wait for: shop.paid where new.claim == claim and new.invoice.id == invoice.id
      at most: 7 days
  - make:
      do: shop.make
"""
SENSITIVE = {"shop.paid": frozenset({"claim"})}


def an_office(folder: Path, **more: object) -> Office:
    """The awaited value comes from outside the store, so that any trace of it there is the wait's own."""
    office = Office(folder, {"test/rule": RULE}, names={"claim": CLAIM}, **{"sensitive": SENSITIVE, **more})
    office.happen("shop.asked", invoice={"id": "1"})
    office.work()
    assert office.statuses() == {"waiting": 1}
    return office


def traces(folder: Path) -> list[str]:
    return [
        file.name for file in folder.iterdir() if file.name.startswith("store") and CLAIM.encode() in file.read_bytes()
    ]


def test_the_raw_value_of_a_sensitive_field_is_nowhere_in_the_store(tmp_path: Path) -> None:
    an_office(tmp_path)
    assert traces(tmp_path) == []


def test_other_values_are_stored_as_they_are(tmp_path: Path) -> None:
    an_office(tmp_path, sensitive={})
    assert traces(tmp_path) != []


def test_the_event_with_that_value_finds_its_run_and_no_other_does(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    for claim in ("CLAIM-other", "", CLAIM.lower()):
        office.happen("shop.paid", claim=claim, invoice={"id": "1"})
    office.work()
    assert office.statuses() == {"waiting": 1}
    office.happen("shop.paid", claim=CLAIM, invoice={"id": "1"})
    office.work()

    assert office.statuses() == {"succeeded": 1}


def test_an_event_that_came_before_the_wait_is_found_by_it_too(tmp_path: Path) -> None:
    office = Office(
        tmp_path, {"test/rule": RULE.replace("steps:", "steps:\n  - pause:\n      wait: 1 day")},
        names={"claim": CLAIM}, sensitive=SENSITIVE,
    )  # fmt: skip
    office.happen("shop.asked", invoice={"id": "1"})
    office.work()
    office.happen("shop.paid", claim=CLAIM, invoice={"id": "1"})
    office.pass_time(days=2)

    assert office.statuses() == {"succeeded": 1}


def test_a_new_key_still_finds_what_waits_under_the_old_one(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    office.keys = (Fernet.generate_key().decode(), *office.keys)
    office.die()
    office.happen("shop.paid", claim=CLAIM, invoice={"id": "1"})
    office.work()

    assert office.statuses() == {"succeeded": 1}


def test_a_wait_that_an_older_version_stored_plainly_is_still_found(tmp_path: Path) -> None:
    office = an_office(tmp_path, sensitive={})
    office.sensitive = SENSITIVE
    office.die()
    office.happen("shop.paid", claim=CLAIM, invoice={"id": "1"})
    office.work()

    assert office.statuses() == {"succeeded": 1}


def test_digests_differ_by_key_and_text() -> None:
    keys = [Fernet.generate_key().decode() for _ in range(2)]
    found = {digest for key in keys for text in ("a", "b") for digest in SecretBox((key,)).digests(text)}
    assert len(found) == 4
    assert SecretBox(tuple(keys)).digests("a")[0] == SecretBox((keys[0],)).digests("a")[0]


def test_sensitive_fields_are_found_at_every_depth_and_all_below_them_counts() -> None:
    schema = {
        "properties": {
            "invoice": {"anyOf": [{"properties": {"claim": {"x-class": "sensitive"}, "id": {"x-class": "public"}}}]},
            "note": {"x-class": "sensitive", "properties": {"text": {}}},
        }
    }
    assert sorted(sensitive_paths(schema)) == ["invoice.claim", "note", "note.text"]
