"""`check --fix`: traps are mended only where the file then holds the very text that was typed."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.lang.fixing import mended
from engine.lang.lines import look
from engine.lang.reading import plain_tree
from engine.lang.tree import read_tree

MENDED = [
    ("a: {{ x }}", "a: '{{ x }}'"),
    ("a: {{ x }}  # note", "a: '{{ x }}'  # note"),
    ("- {{ x }}", "- '{{ x }}'"),
    ('a: "x" == y', "a: '\"x\" == y'"),
    ("a: @home", "a: '@home'"),
    ("a: > 5", "a: '> 5'"),
    ("a: b: c", "a: 'b: c'"),
    ("a: don't: c", "a: 'don''t: c'"),
    ('- x == "a: b"', "- 'x == \"a: b\"'"),
    ("a: Invoice #5", "a: 'Invoice #5'"),
    ("a: #5", "a: '#5'"),
    ('a: "b" # c', 'a: "b"  # c'),
    ("a: &x 1", "a: '&x 1'"),
    ("a:\tb", "a: b"),
    ("a:\n\tb: c\n\td: e", "a:\n  b: c\n  d: e"),
    ("a:\n\tb:\n\t\t- c", "a:\n  b:\n    - c"),
    ("\ufeffa: b", "a: b"),
    ("a: {{ x }}\r\nb: c\r\n", "a: '{{ x }}'\r\nb: c\r\n"),
    ("a: [{{ b }}, c]", "a: ['{{ b }}', c]"),
    ("a: [Hi {{ b }}, {{ c }}]  # d", "a: ['Hi {{ b }}', '{{ c }}']  # d"),
    ("a: 'it's'", "a: 'it''s'"),
    ("when:x\nif: y", "when: x\nif: y"),
    ("a: b\nwhen:x\r\n", "a: b\nwhen: x\r\n"),
    ("if:\n  – x", "if:\n  - x"),
    ("if:\n  • x\n  * y", "if:\n  - x\n  - y"),
    ("if:\n  - x\n  -y", "if:\n  - x\n  - y"),
    ("steps:\n  -tell:\n      stop: x", "steps:\n  - tell:\n      stop: x"),
    ("a:\u00a0b", "a: b"),
    ("a:\n\u00a0\u00a0b: c", "a:\n  b: c"),
    ("// x\na: b", "# x\na: b"),
    ("if: x > 1 # why", "if: x > 1  # why"),
    ("if:\n  - x > 1 # why", "if:\n  - x > 1  # why"),
    ("a: = x # why", "a: = x  # why"),
    ("if: {{ x > 1 }}", "if: x > 1"),
    ('if: "x" == "y"', 'if: \'"x" == "y"\''),
    ('if: "x == "y""', "if: 'x == \"y\"'"),
    ("-\tx", "- x"),
    ("a: b\t", "a: b"),
    ("a: b\t# c", "a: b  # c"),
    ("\ufeff\ufeffa: b", "a: b"),
    ("a: {{ x }}\nb: c: d", "a: '{{ x }}'\nb: 'c: d'"),
]
LEFT = [
    "a: b # c",  # a comment, or a part of the text
    "a: &x 1\nb: *x",  # somebody's anchor
    "a: x\n  y: z",  # the second line of a text, or a lost key
    "a: {{ x }}\n  more",
    'a: "say "hi" now"',  # with or without its outer quotes
    "if:\n  -x > 1",  # an entry, or less than zero
    "if: !x",
    "if: {{ x }} > 1",
    "a: - b",
    "a: b\n c: d",
    "a:\n   b: c\n  d: e",
    "a: 'b\nc: 'd'",
    "? a\n: b",
    "a: 1\na: 2",
    "a: |\n  x: {{ y }} # z",
    "a: 'it is fine: {{ x }}'",
    "a: b\x07",
]


@pytest.mark.parametrize("text, expected", MENDED, ids=[repr(text) for text, _ in MENDED])
def test_a_trap_is_mended_and_read_as_typed(text, expected):
    assert expected == mended(text)[0]
    assert () == read_tree("f.yaml", expected)[1]


@pytest.mark.parametrize("text", LEFT, ids=map(repr, LEFT))
def test_what_a_person_has_to_decide_is_left_alone(text):
    assert (text, ()) == mended(text)


def test_a_change_tells_its_line_before_and_after():
    (change,) = mended("a: b\nc: {{ x }}\n")[1]
    assert (2, "c: {{ x }}", "c: '{{ x }}'") == (change.line, change.before, change.after)


VALUES = st.text(st.sampled_from("ab {}'\"#:|>@%&*!-[],.=\\"), max_size=14)
FILES = st.lists(st.tuples(st.sampled_from(["a", "b c", "- d", "  e", "- f: g\n  h"]), VALUES), min_size=1, max_size=5)


@settings(max_examples=300, deadline=None)
@given(FILES)
@example([("a", '"x" == y'), ("b c", "{{ q }}")])
def test_a_second_time_changes_nothing_and_no_trap_comes_in(lines):
    text = "\n".join(f"{key}: {value}" for key, value in lines)
    once, changes = mended(text)
    assert (once, ()) == mended(once)
    traps = {(problem.line, problem.code) for problem in look("", once)}
    assert not {line for line, _ in traps} & {change.line for change in changes}


@settings(max_examples=300, deadline=None)
@given(FILES)
def test_a_file_that_is_read_as_it_looks_is_never_touched(lines):
    text = "\n".join(f"{key}: {value}" for key, value in lines)
    root, problems = read_tree("f.yaml", text)
    if root is not None and not problems:
        assert (text, ()) == mended(text)
        assert plain_tree(root) == plain_tree(read_tree("f.yaml", mended(text)[0])[0])


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("ab:\n -#'\"{}\t&*|>[]"), max_size=60))
def test_any_text_can_be_mended(text):
    assert mended(text)[0].count("\n") == text.count("\n")
