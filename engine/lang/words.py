"""The closed word lists by which the parser reads, derived from the vocabulary; none is kept here.

What each word means, takes and goes with stands in `engine.lang.vocabulary`.
"""

from __future__ import annotations

from engine.lang.vocabulary import rehearsals, rules, rulesets, steps
from engine.lang.vocabulary.entry import Group

RULE = rules.RULE.names
RULE_NEEDED = rules.RULE.needed
RULE_NOT_YET = rules.RULE.not_yet

STEP = steps.STEP.names
VERBS = tuple(word.name for word in steps.STEP.words if word.verb)
VERBS_NOT_YET = tuple(word.name for word in steps.STEP.words if word.verb and word.not_yet)
STEP_NOT_YET = tuple(word.name for word in steps.STEP.words if word.not_yet and not word.verb)
# Verbs that leave a result behind; `save as` elsewhere would name nothing.
WITH_RESULT = tuple(word.name for word in steps.STEP.words if word.has_result)
MODIFIERS = steps.MODIFIERS
# What means nothing without another word.
NEEDS = {word.name: word.needs for word in steps.STEP.words if word.needs}
# What stands beside each verb and nowhere else.
BESIDE = {
    verb: tuple(word.name for word in steps.STEP.words if verb in word.beside and word.name not in MODIFIERS)
    for verb in VERBS
}
BRANCH = steps.BRANCH.names

SETTING = rules.SETTING.names
RULESET = rulesets.RULESET.names
RULESET_MAP = rulesets.NEEDED_MAP.names
MAP = rulesets.MAP.names
TEST = rehearsals.TEST.names
TEST_NEEDED = rehearsals.TEST.needed
TEST_GIVEN = rehearsals.GIVEN.names
TEST_THEN = rehearsals.THEN.names
TEST_EXPECT = rehearsals.EXPECT.names

# What each kind of file and each map inside of one may hold, by how it is called.
GROUPS: tuple[Group, ...] = (
    rules.RULE,
    rules.SETTING,
    steps.STEP,
    steps.BRANCH,
    rehearsals.TEST,
    rehearsals.GIVEN,
    rehearsals.THEN,
    rehearsals.EXPECT,
    rulesets.RULESET,
    rulesets.NEEDED_MAP,
    rulesets.MAP,
)


def choices(group: Group, name: str) -> tuple[str, ...]:
    """The words that the value of a word is chosen from; the first counts when nothing is written."""
    return group.word(name).choices
