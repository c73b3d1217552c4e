"""What a template file may hold: its head, its tags, lines of tags, macros, other templates, escaped values."""

from __future__ import annotations

import pytest
from template_bench import NAMES, Bench

from connectors.email.letter import as_html, as_plain
from engine.errors import CannotTell
from engine.lang.template_files.reading import read_template
from engine.runtime.templates import filled_in


@pytest.mark.parametrize(
    "text, subject, body",
    [
        ("Hello", None, "Hello"),
        ("---\nsubject: Hello\n---\nBody\n", "Hello", "Body\n"),
        ("---\r\nsubject: Hello\r\n---\r\nBody\r\n", "Hello", "Body\n"),
        ("---\nabout: For {{ nobody }}.\nsubject: 'A: {{ invoice.number }}'\n---\nB", "A: INV-7", "B"),
        ('---\nsubject: "{{ invoice.number }}"\n---\nB', "INV-7", "B"),
        ("---\nsubject: {{ invoice.payer.name }}\n---\nB", "Robin *Sample*", "B"),
        ("---\nsubject: {% if invoice.settled %}a{% else %}b{% endif %}\n---\nB", "b", "B"),
        ("---\n---\nB", None, "B"),
        ("---\nsubject: x\n---", "x", ""),
        ("--\nno head", None, "--\nno head"),
        ("\ufeff---\nsubject: x\n---\nB", "x", "B"),
    ],
)
def test_a_head_gives_the_subject(bench: Bench, text: str, subject: str, body: str) -> None:
    letter = bench.letter(text)
    assert (letter.subject, letter.body) == (subject, body)


def test_a_subject_is_one_line(bench: Bench) -> None:
    names = {**NAMES, "title": "two\n lines\r\nBcc: x@y.example"}
    assert bench.letter("---\nsubject: A {{ title }}\n---\nB", names=names).subject == "A two lines Bcc: x@y.example"


@pytest.mark.parametrize(
    "text, expected",
    [
        ("a\n{% if true %}\nb\n{% endif %}\nc\n", "a\nb\nc\n"),
        ("a\n  {% if true %}  \nb\n\t{% endif %}\nc", "a\nb\nc"),
        ("a\n{# note #}\nb", "a\nb"),
        ("a\n{# two\nlines #}\nb", "a\nb"),
        ("{% set a = 1 %}{% set b = 2 %}\n{{ a }}{{ b }}\n", "12\n"),
        ("Dear {% if true %}A{% endif %}\nnext", "Dear A\nnext"),
        ("{% if true %}A{% endif %}\nnext", "A\nnext"),
        ("a {%- if true %} b {% endif -%} c", "a b c"),
        ("a\n\n{{- 1 -}}\n\nb", "a1b"),
        ("{%+ if true %}\nx{% endif %}", "x"),
        ("a{# x #}b", "ab"),
        ("{% for x in [1, 2] %}\n- {{ x }}\n{% endfor %}\nend", "- 1\n- 2\nend"),
        ("a\n{% raw %}\n{{ x }}\n{% endraw %}\nb", "a\n\n{{ x }}\nb"),
        ("{{ invoice.number\n   | lower }}", "inv-7"),
        ("{% if\n true %}x{% endif %}", "x"),
        ("{{ '}}' }}{{ \"%}\" }}", "}}%}"),
        ("{{ 'a\\'b' }}", "a'b"),
        ("{{invoice.number}}{%if true%}x{%endif%}", "INV-7x"),
    ],
)
def test_a_line_of_tags_leaves_no_line_behind(bench: Bench, text: str, expected: str) -> None:
    assert bench.body(text) == expected


def test_a_macro_sees_its_arguments_and_what_the_file_has_set(bench: Bench) -> None:
    text = (
        "{% set sign = '=' %}\n{% macro row(line, mark=sign) %}\n{{ mark }} {{ line.name }}\n{% endmacro %}\n"
        "{% for line in invoice.lines %}\n{{ row(line) }}{% endfor %}"
    )
    assert bench.body(text) == "= Consultation\n= Strap\n"


def test_a_macro_may_ask_whether_an_argument_is_there(bench: Bench) -> None:
    text = (
        "{% macro m(a) %}{% if a is given %}{{ a }}{% else %}-{% endif %}{% endmacro %}{{ m(invoice.note) }}{{ m(1) }}"
    )
    assert bench.body(text) == "-1"


def test_a_template_includes_others_of_its_folder(bench: Bench) -> None:
    body = bench.body(
        "{% set greeting = 'Hi' %}{% include 'top' %}{{ invoice.number }}",
        top="---\nsubject: not this\n---\n{{ greeting }} {% include 'name' %}\n",
        name="{{ invoice.payer.given }}",
    )
    assert body == "Hi Robin\nINV-7"


def test_what_an_included_template_sets_stays_in_it(bench: Bench) -> None:
    with pytest.raises(CannotTell, match="a is not known here"):
        bench.body("{% include 'other' %}{{ a }}", other="{% set a = 1 %}")


def test_templates_that_include_one_another_end(bench: Bench) -> None:
    with pytest.raises(CannotTell, match="cannot be included here"):
        bench.body("{% include 'a' %}", a="{% include 'b' %}", b="{% include 'a' %}")


@pytest.mark.parametrize(
    "text, place",
    [
        ("a\nb {{ invoice.nope }}", "templates/x.md:2: invoice.nope is not known"),
        ("{% if true %}\n{% if invoice.note %}{% endif %}{% endif %}", "templates/x.md:2: invoice.note is empty"),
        ("---\nsubject: {{ nope }}\n---\nx", "templates/x.md:2: nope is not known"),
        ("{% include 'other' %}", "templates/other.md:2: nope is not known"),
    ],
)
def test_a_fault_names_its_file_line_and_path(bench: Bench, text: str, place: str) -> None:
    with pytest.raises(CannotTell) as told:
        bench.body(text, other="\n{{ nope }}")
    assert told.value.what.startswith(place)
    assert (told.value.code, bool(told.value.mend)) == ("TEMPLATE_FAILED", True)


@pytest.mark.parametrize(
    "text, line, col, code",
    [
        ("a\n  {{ invoice.number | uper }}", 2, 23, "unknown-filter"),
        ("a\n{% if x %}", 2, 4, "template-unreadable"),
        ("a\n\n {{ x", 3, 2, "template-unreadable"),
        ("---\nsubject: a {{ b c }}\n---", 2, 17, "expression-unreadable"),
        ("---\nx: 1\n---", 2, 1, "template-head"),
        ("{{ a\n + }}", 2, 2, "expression-unreadable"),
        ("{% for x\n in [1] %}{% endfr %}", 2, 14, "template-unreadable"),
    ],
)
def test_a_problem_stands_at_its_line_and_column(text: str, line: int, col: int, code: str) -> None:
    template, problems = read_template("x", "templates/x.md", text)
    assert template is None
    assert [(one.line, one.col, one.code) for one in problems] == [(line, col, code)]


SIGNS = (
    "*not bold*", "_not_ so", "`code`", "[click](https://bad.example)", "![image](x)", "<b>bold</b>", "<https://x.example>",
    "# heading", "- item", "+ item", "1. item", "2) item", "> quote", "---", "===", "a\n# b", "a\n- b", "a | b", "~~gone~~",
    "&amp;", "&#60;", "\\*", "back\\slash", "robin_s@sample.example", "a_b_c", "-$5.00", "$1,234.50", "HX-1001", "C:\\dir\\_x",
    "**", "__init__", "#5", "5 > 3", "a*b*c", "    code", "a\n    b", "\\",
)  # fmt: skip


@pytest.mark.parametrize("value", SIGNS)
def test_a_value_in_markdown_is_shown_as_it_is(bench: Bench, value: str) -> None:
    names = {**NAMES, "value": value}
    body = bench.letter("{{ value }}", names=names).body
    expected = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    lines = [line.strip() for line in expected.split("\n")]
    assert f"<p>{chr(10).join(lines)}</p>" in as_html(body)
    assert [line.strip() for line in as_plain(body).split("\n")] == [line.strip() for line in value.split("\n")]


@pytest.mark.parametrize("value", ["robin_s@sample.example", "-$5.00", "$1,234.50", "HX-1001", "O'Brien & Sons", "a_b"])
def test_usual_values_need_no_escaping(bench: Bench, value: str) -> None:
    assert bench.letter("Hello {{ value }}!", names={**NAMES, "value": value}).body == f"Hello {value}!"


@pytest.mark.parametrize("value", [*SIGNS, "a\nb", "a\n\nb\n"])
def test_plain_text_is_sent_as_it_is(bench: Bench, value: str) -> None:
    bench.letter("{{ value }}", "txt", {**NAMES, "value": value})
    schema = {"properties": {"template": {"x-type": "template"}}}
    sent = filled_in({"template": "x", "to": "y"}, schema, bench.files, "r/x", {**NAMES, "value": value})
    assert set(sent) == {"to", "body"}
    assert [line.strip() for line in as_plain(sent["body"]).split("\n")] == [line.strip() for line in value.split("\n")]
    page = as_html(sent["body"])
    assert not any(tag in page for tag in ("<a ", "<em", "<strong", "<code", "<h1", "<li", "<hr", "<blockquote", "<s>"))
    assert "<br" in page or "\n" not in value or "\n\n" in value


def test_plain_text_is_not_escaped(bench: Bench) -> None:
    assert bench.body("{{ invoice.payer.name }} *x*") == "Robin *Sample* *x*"


def test_a_macro_is_escaped_once(bench: Bench) -> None:
    text = (
        "{% macro m(a) %}**{{ a }}**{% endmacro %}{% set t %}_{{ invoice.payer.name }}_{% endset %}{{ m('*') }} {{ t }}"
    )
    assert bench.letter(text).body == r"**\*** _Robin \*Sample\*_"
