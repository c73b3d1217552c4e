"""Secrets open with their key, in their place, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from engine.errors import UserError
from engine.store.secrets import SecretBox, add_key, make_key, open_box

KEY = Fernet.generate_key().decode()


def test_a_sealed_text_opens_and_cannot_be_read_before() -> None:
    box = SecretBox((KEY,))
    sealed = box.seal("xero", "refresh_token", "tür-öffner")
    assert b"ffner" not in sealed
    assert box.open("xero", "refresh_token", sealed) == "tür-öffner"


@pytest.mark.parametrize("connection, name", [("halaxy", "refresh_token"), ("xero", "access_token"), ("", "")])
def test_a_sealed_text_moved_to_another_row_does_not_open(connection: str, name: str) -> None:
    box = SecretBox((KEY,))
    with pytest.raises(UserError, match="cannot be opened") as refused:
        box.open(connection, name, box.seal("xero", "refresh_token", "s3cret"))
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    "token", [b"", b"gibberish", SecretBox((Fernet.generate_key().decode(),)).seal("xero", "a", "b")]
)
def test_what_another_key_sealed_does_not_open(token: bytes) -> None:
    with pytest.raises(UserError, match="daybook connect xero"):
        SecretBox((KEY,)).open("xero", "a", token)


def test_after_a_rotation_old_secrets_open_and_renewed_ones_need_only_the_new_key(tmp_path: Path) -> None:
    file = tmp_path / "data" / "key"
    make_key(file)
    old = open_box(file, None).seal("xero", "a", "text")
    old_key = file.read_text().strip()
    add_key(file)
    box = open_box(file, None)
    assert box.open("xero", "a", old) == "text"
    new_key = next(line for line in file.read_text().split() if line != old_key)
    assert SecretBox((new_key,)).open("xero", "a", box.renew("xero", "a", old)) == "text"


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    file = tmp_path / "data" / "key"
    make_key(file)
    first = file.read_text()
    make_key(file)
    assert file.read_text() == first
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    box = open_box(tmp_path / "none", f" {KEY} , {Fernet.generate_key().decode()} ")
    assert SecretBox((KEY,)).open("c", "n", box.seal("c", "n", "t")) == "t"


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "key"
    make_key(file)
    file.chmod(0o640)
    with pytest.raises(UserError, match="chmod 600"):
        open_box(file, None)


@pytest.mark.parametrize("text", ["", "short", "not ascii ü"])
def test_a_file_without_a_key_is_refused_and_not_shown(tmp_path: Path, text: str) -> None:
    file = tmp_path / "key"
    file.touch(0o600)
    file.write_text(text)
    with pytest.raises(UserError) as refused:
        open_box(file, None)
    assert not text or text not in str(refused.value)


def test_a_missing_key_is_refused_with_the_way_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="daybook init"):
        open_box(tmp_path / "key", "")
