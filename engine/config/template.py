"""Makes a new workspace: a `daybook.yaml` to fill in, and its folders.

Writes no key and no secret; the command `init` has the key made, in `engine.store.secrets`.
"""

from __future__ import annotations

from pathlib import Path

from engine.config.model import FILE
from engine.errors import UserError

FOLDERS = ("rules", "settings", "maps", "templates", "samples", "data")

_TEMPLATE = """\
# The workspace of one practice. Every value is read as it is typed; "daybook check" says what is wrong and where.
# Secrets do not stand here: "daybook connect NAME" asks for them and keeps them encrypted in data/.

practice:
  name: {name}
  timezone: {timezone}
  state: {state}
  currency: AUD
  # Names of Halaxy's clinics by their ids.
  locations: {{}}
  opening hours:
    weekdays: 08:00-18:00

# Who is told; roles are what rules name.
people:
  {person}:
    email: {email}
    roles:
      - practice manager
      - bookkeeper
    channels:
      - inbox

channels:
  inbox:
    kind: inbox

connections:
  halaxy:
    poll: every 10 minutes
  xero: {{}}
  # Mails to payers and staff, and the lists that they have agreed to be on.
  email: {{}}
  books: {{}}
  notifications: {{}}

store: data/daybook.sqlite
queue: in process

rulesets:
  - financial_sync

# Optional: Halaxy and Xero say themselves when something changed, so that it is seen within seconds instead of ten
# minutes. Needs a public https address; everything works without ("daybook webhooks" explains it).
# webhooks:
#   address: https://daybook.practice.example
#   listen: 127.0.0.1:8710
"""


def write_template(workspace: Path, name: str, timezone: str, state: str, person: str, email: str) -> Path:
    """Make the folders and `daybook.yaml` of a new workspace.

    Args:
        workspace: The folder; made when it does not exist.
        name: The practice's name.
        timezone: Its IANA zone.
        state: Its state or territory, such as NSW.
        person: The practice manager, with `email`.
        email: Where that person is told.

    Returns:
        The file written.

    Raises:
        UserError: The folder holds a workspace already; nothing was written.
    """
    file = workspace / FILE
    values = {"name": name, "timezone": timezone, "state": state, "person": person, "email": email}
    workspace.mkdir(parents=True, exist_ok=True)
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(_TEMPLATE.format(**{word: _quoted(value) for word, value in values.items()}))
    except FileExistsError:
        raise UserError(f"{workspace} is a workspace already.", "Choose another folder.", "workspace-exists") from None
    for folder in FOLDERS:
        (workspace / folder).mkdir(exist_ok=True)
    ignored = workspace / ".gitignore"
    if not ignored.exists():
        # What is in data/ belongs to this machine: books, keys and secrets are not for version control.
        ignored.write_text("/data/\n", encoding="utf-8")
    return file


def _quoted(text: str) -> str:
    """A text as YAML reads it back, whatever is in it."""
    return "'" + " ".join(text.split()).replace("'", "''") + "'"
