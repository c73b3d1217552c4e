"""Each trap of YAML has its own sentence, at its place, and the file's look is what is read."""

from __future__ import annotations

import pytest

from engine.lang.mending import quoted_lines
from engine.lang.reading import plain_tree
from engine.lang.tree import read_tree

TRAPS = [
    ("a: {{ x }}", "unquoted-hole", 4),
    ("- {{ x }}", "unquoted-hole", 3),
    ('a: "x" == y', "quote-inside-value", 4),
    ("a: 'x' == y", "quote-inside-value", 4),
    ('- "x" == y', "quote-inside-value", 3),
    ("a: @home", "reserved-first-sign", 4),
    ("a: %d", "reserved-first-sign", 4),
    ("a: `x`", "reserved-first-sign", 4),
    ("a: > 5", "reserved-first-sign", 4),
    ("a: >5", "reserved-first-sign", 4),
    ("a: | x", "reserved-first-sign", 4),
    ("a: [x] == y", "reserved-first-sign", 4),
    ("a: &x 1", "anchor", 4),
    ("a: *x", "alias", 4),
    ("a: !x 1", "tag", 4),
    ("a: b: c", "colon-in-value", 5),
    ("a: b:", "colon-in-value", 5),
    ('- x == "a: b"', "colon-in-value", 10),
    ("a: b # c", "comment-in-value", 6),
    ("a: #5", "comment-in-value", 4),
    ('a: x == "q  # d"', "comment-in-value", 13),
    ('a: "b" # c', "comment-in-value", 7),
    ("a:\tb", "tab", 3),
    ("\ufeffa: b", "byte-order-mark", 1),
    ("a: b\rc: d\n", "carriage-return", 5),
    ("a: b\x00", "not-utf8", 5),
    ("a: \ud800", "not-utf8", 4),
    ("a: b\u202ec", "bidirectional-mark", 5),
    ("a: b\x07", "control-character", 5),
    ("a: b\u2028c", "control-character", 5),
    ('a: "\\0"', "control-character", 4),
    ("? a\n: b", "question-key", 1),
    ("a: 1\na: 2", "duplicate-key", 1),
    ("<<: {a: 1}", "merge-key", 1),
    ("a: 1\n---\nb: 2", "two-documents", 1),
    ("%YAML 1.1\n---\na: 1", "reserved-first-sign", 1),
    ("[a]: b", "reserved-first-sign", 1),
    ("{a: b}: c", "reserved-first-sign", 1),
    ("a:\n  ? [b]\n  : c", "question-key", 3),
]


@pytest.mark.parametrize("text, code, col", TRAPS, ids=[repr(text) for text, _, _ in TRAPS])
def test_a_trap_is_told_at_its_place(text, code, col):
    _, problems = read_tree("f.yaml", text)
    assert (code, col) == (problems[0].code, problems[0].col)
    assert problems[0].mend


def test_each_trap_has_a_sentence_of_its_own():
    sentences = {}
    for text, code, _ in TRAPS:
        problem = read_tree("f.yaml", text)[1][0]
        sentences.setdefault(problem.message, set()).add(code)
    assert [] == [sentence for sentence, codes in sentences.items() if len(codes) > 1]


def test_a_repeated_key_names_both_places():
    _, problems = read_tree("f.yaml", "a:\n  b: 1\n  b: 2\n")
    assert "line 2, column 3" in problems[0].message
    assert (3, 3) == (problems[0].line, problems[0].col)


FINE = [
    ("a: b  # a comment", {"a": "b"}),
    ("# a comment\na: b", {"a": "b"}),
    ("a: don't  # stop", {"a": "don't"}),
    ("a: Invoice {{ x }} #1", None),
    ("a: Invoice {{ x }}", {"a": "Invoice {{ x }}"}),
    ('a: "{{ x }}: y"', {"a": "{{ x }}: y"}),
    ("a: 'it''s: x'", {"a": "it's: x"}),
    ('a: x == "b"', {"a": 'x == "b"'}),
    ("a: [b, c]", {"a": ["b", "c"]}),
    ("a: {b: c}", {"a": {"b": "c"}}),
    ("a: |\n  x: y # z\n  {{ q }}\nb: 1", {"a": "x: y # z\n{{ q }}\n", "b": "1"}),
    ("a: >-\n  x\n  y", {"a": "x y"}),
    ("- a: |\n    x: y\n  b: 1", [{"a": "x: y\n", "b": "1"}]),
    ('a: "x\n  y: z # q"', {"a": "x y: z # q"}),
    ("a: x\n  y\n  z", {"a": "x y z"}),
    ("a: http://x.example/y", {"a": "http://x.example/y"}),
    ("a:  # c\n  - b", {"a": ["b"]}),
    ('"a b": c', {"a b": "c"}),
    ("---\na: b", {"a": "b"}),
    ("a: b\r\nc: d\r\n", {"a": "b", "c": "d"}),
    ("a: -5", {"a": "-5"}),
    ("a:", {"a": ""}),
]


@pytest.mark.parametrize("text, expected", FINE, ids=[repr(text) for text, _ in FINE])
def test_what_yaml_reads_as_it_looks_is_no_trap(text, expected):
    root, problems = read_tree("f.yaml", text)
    if expected is None:
        assert [problem.code for problem in problems] == ["comment-in-value"]
    else:
        assert () == problems
        assert expected == plain_tree(root)


SURPRISES = ["on", "no", "yes", "off", "0200", "0123", "12:30", "1:30:00", "1_000", "1e3", "2024-01-01", "~", "null",
             "1.10", ".5", "0x1F", "NaN", "True", "2026-02-30", "9" * 5000]  # fmt: skip


@pytest.mark.parametrize("word", SURPRISES, ids=[word[:12] for word in SURPRISES])
def test_every_plain_value_stays_the_text_that_was_typed(word):
    root, problems = read_tree("f.yaml", f"{word[:60]}: {word}\n")
    assert () == problems
    assert {word[:60]: word} == plain_tree(root)


def test_after_a_trap_the_rest_of_the_file_is_still_looked_at():
    _, problems = read_tree("f.yaml", "a: {{ x }}\nb: 1\nb: 2\nc: @x\n")
    assert ["unquoted-hole", "duplicate-key", "reserved-first-sign"] == [problem.code for problem in problems]


@pytest.mark.parametrize(
    "text", [text for text, code, _ in TRAPS if code in ("unquoted-hole", "quote-inside-value", "colon-in-value")]
)
def test_quoting_the_trapped_value_mends_the_file(text):
    _, problems = read_tree("f.yaml", text)
    mended = quoted_lines(text, problems)
    root, left = read_tree("f.yaml", mended)
    assert () == left
    assert root is not None
