"""`daybook test` fills templates in for real: what they come to can be expected, what they lack holds the run."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest

from engine.compose.rehearsing import packaged
from engine.errors import Problems
from engine.runtime.rehearsal_tests import Judgement, run_test

ROOT = Path(__file__).parents[2]
RULE = """rule: x
when: halaxy.invoice.overdue
steps:
  - name it:
      set:
        colour: red
  - mail:
      do: email.send
      with:
        to: a@b.example
        template: hello
tests:
  - name: it is sent
    event: samples/invoice_overdue.json
    but with:
      invoice.number: "77"
    expect:
      - do: email.send
        times: 1
        with:
          subject: About 77
          body: Hello Robin, it is red.
"""


def judged(folder: Path, template: str) -> Judgement:
    (folder / "own" / "templates").mkdir(parents=True)
    copytree(ROOT / "rules" / "follow_ups" / "samples", folder / "own" / "samples")
    (folder / "own" / "templates" / "hello.md").write_text(template)
    (folder / "own" / "x.yaml").write_text(RULE)
    rules = packaged()
    (one,) = rules.chosen([str(folder / "own" / "x.yaml")])
    found = run_test(one.rule, one.tests[0], one.bench)
    rules.worker.close()
    return found


@pytest.mark.parametrize(
    "body, finding",
    [
        ("Hello {{ invoice.payer.given }}, it is {{ colour }}.", ""),
        ("Hello {{ invoice.payer.given }}, it is blue.", "body: expected"),
        ("Hello {{ invoice.payer.nickname }}", "held, TEMPLATE_FAILED"),
        ("{% set a = [[], []] %}" + "{% set a = [a, a] %}" * 40 + "{{ a == a }}", "held, TEMPLATE_TOO_SLOW"),
    ],
)
def test_a_rehearsal_sends_what_the_template_comes_to(tmp_path: Path, body: str, finding: str) -> None:
    found = judged(tmp_path, f"---\nsubject: About {{{{ invoice.number }}}}\n---\n{body}")
    assert found.passed is (finding == "")
    assert finding in "\n".join(found.findings)


def test_a_template_that_cannot_be_read_is_told_before_anything_is_played(tmp_path: Path) -> None:
    with pytest.raises(Problems, match="template-unreadable"):
        judged(tmp_path, "{% if true %}")
