"""The names that every rule sees, and the words that are never names.

What is known of their fields stands in `engine.lang.checking.scope`.
"""

from __future__ import annotations

from engine.lang.vocabulary.entry import Known

NAMES = (
    Known(
        "event", "The starting event: `id`, `type`, `title`, `amount`, `source`, `connection`, `time`.", "event.type"
    ),
    Known("events", "Kept for rules that gather events; not yet in use.", ""),
    Known("new", "Where another event is awaited: the objects of that event.", "new.invoice.id"),
    Known("settings", "The rule's own form as it is filled in.", "settings.smallest_balance"),
    Known("ruleset", "The form of the rule's folder, under `settings`.", "ruleset.settings.start_date"),
    Known(
        "maps",
        "The mapping tables. A key without a row holds the run with `UNMAPPED`; nothing is ever put in its place.",
        'maps.revenue_accounts["Consultation"]',
    ),
    Known(
        "practice",
        "The practice: `name`, `timezone`, `currency`, `country`, `state`, `locations`, `opening_hours`, `holidays`.",
        "practice.name",
    ),
    Known("now", "The date and time at which the step began, on the practice's clock.", "now | time"),
    Known("today", "The day on which the step began, on the practice's calendar.", 'today | add("-45 days")'),
    Known("rule", "The rule itself: `id`, `title`, `owner`.", "rule.title"),
    Known("run", "The run: `id`, `started`.", "run.id"),
    Known(
        "error",
        "Inside `on error`: `step`, `what`, `mend`, `code`. Ids and names of fields only, never personal values.",
        "error.what",
    ),
)

# Parts of expressions; a rule cannot give such a name to anything.
CONSTANTS = ("true", "false", "yes", "no", "none", "and", "or", "not", "in", "is", "if", "else")
