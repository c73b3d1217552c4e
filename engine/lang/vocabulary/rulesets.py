"""The words of `ruleset.yaml` and of mapping tables.

A ruleset is a folder of rules with one form; settings files have the words that their form makes, and none else.
"""

from __future__ import annotations

from engine.lang.vocabulary.entry import Group, Plain, Word, list_of, named
from engine.lang.vocabulary.rules import SETTING

_FROM = Word("from", "The type of what is looked up.", (Plain.TYPE,), "from: halaxy fee category", needed=True)
_TO = Word("to", "The type of what a row gives.", (Plain.TYPE,), "to: xero account", needed=True)
_OR = Word(
    "or",
    "Words that may stand in a row in place of a value.",
    (Plain.TEXT, list_of(Plain.TEXT)),
    "or: discount",
)
_ABOUT = Word("about", "What a row decides.", (Plain.TEXT,), "about: Where the fees of each category are booked.")

NEEDED_MAP = Group(
    "a needed map",
    "A mapping table that the rules of the folder read; it stands in `maps/` of the workspace.",
    (_FROM, _TO, _OR, _ABOUT),
)
MAP = Group(
    "a map",
    "One file below `maps/`; its name is the name of the table.",
    (
        _FROM,
        _TO,
        _OR,
        _ABOUT,
        Word(
            "rows",
            "`key: value` lines. A value may be a table of its own, one level deep, as for one table a clinic.",
            (Plain.ROWS,),
            "rows:\n  Consultation: 200\n  Product: 201",
            needed=True,
        ),
    ),
)
RULESET = Group(
    "a ruleset",
    "The file `ruleset.yaml` of a folder of rules.",
    (
        Word("ruleset", "Its title.", (Plain.TEXT,), "ruleset: Follow-ups", needed=True),
        Word("about", "What its rules do together.", (Plain.TEXT,), "about: Keeps in touch about what is still open."),
        Word(
            "settings",
            "The form that all its rules read as `ruleset.settings`.",
            (named(SETTING),),
            "settings:\n  start_date:\n    type: date\n    ask: From which day on?",
        ),
        Word(
            "maps",
            "The mapping tables that its rules need.",
            (named(NEEDED_MAP),),
            "maps:\n  revenue_accounts:\n    from: halaxy fee category\n    to: xero account",
        ),
        Word(
            "rules",
            "The order in which people read its rules.",
            (list_of(Plain.TEXT),),
            "rules:\n  - sales\n  - alerts",
        ),
    ),
)
