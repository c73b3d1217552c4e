"""The closed word lists of the language, in the order in which the manual shows and `fmt` writes them.

Words only: what they mean is in the parser (shapes) and in `engine.core.rule` (the plan).
"""

from __future__ import annotations

RULE = (
    "rule",
    "about",
    "owner",
    "enabled",
    "inputs",
    "settings",
    "when",
    "if missed",
    "once per",
    "again after",
    "collect",
    "if",
    "if any",
    "one at a time per",
    "when busy",
    "keep fresh",
    "stop if",
    "quiet hours",
    "steps",
    "result",
    "stop when",
    "try again",
    "on error",
    "tests",
)
RULE_NEEDED = ("rule", "when", "steps")

# Known to the language, refused with their own sentence until the engine can run them.
RULE_NOT_YET = ("inputs", "collect", "result")

VERBS = (
    "do",
    "set",
    "choose",
    "for each",
    "together",
    "wait",
    "wait until",
    "wait for",
    "ask",
    "run",
    "stop",
    "fail",
)
VERBS_NOT_YET = ("together", "ask", "run")

# What stands beside each verb and nowhere else.
BESIDE = {
    "do": ("with", "connection", "for each", "where", "side by side", "gather as", "if missing", "at most"),
    "set": (),
    "choose": ("otherwise",),
    "for each": ("where", "side by side", "gather as", "steps"),
    "together": (),
    "wait": (),
    "wait until": (),
    "wait for": ("at most", "on timeout"),
    "ask": ("who", "message", "choices", "at most", "on timeout"),
    "run": ("with",),
    "stop": (),
    "fail": (),
}
MODIFIERS = ("if", "save as", "try again", "then", "on error")
STEP_NOT_YET: tuple[str, ...] = ()
# Verbs that leave a result behind; `save as` elsewhere would name nothing.
WITH_RESULT = ("do", "for each", "wait for")

STEP = (
    "if",
    *VERBS,
    *dict.fromkeys(word for words in BESIDE.values() for word in words if word not in VERBS),
    *(word for word in MODIFIERS if word != "if"),
)
BRANCH = ("if", "steps")

SETTING = ("type", "default", "choices", "ask", "about")
RULESET = ("ruleset", "about", "settings", "maps", "rules")
RULESET_MAP = ("from", "to", "or", "about")
MAP = ("from", "to", "or", "about", "rows")
TEST = ("name", "event", "but with", "at", "given", "answers", "then", "expect")
TEST_GIVEN = ("settings", "maps", "practice", "known", "facts")
TEST_THEN = ("after", "at", "event", "but with")
TEST_EXPECT = ("do", "times", "with", "runs", "because")

# The table of section 3: names that a rule may not make.
RESERVED = (
    "event",
    "events",
    "new",
    "settings",
    "ruleset",
    "maps",
    "practice",
    "now",
    "today",
    "rule",
    "run",
    "error",
)
CONSTANTS = ("true", "false", "yes", "no", "none", "and", "or", "not", "in", "is", "if", "else")
