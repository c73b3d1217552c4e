"""The codes that a step can fail with, as `error.code` and the history show them, each with what it means.

Codes of holds stand in `engine.core.holds`, those of problems in files in `docs/problems.md`.
"""

from __future__ import annotations

from engine.lang.vocabulary.entry import Known

FAILURES = (
    Known("ACCOUNT_INVALID", "Xero has no account with this code. Mend the map."),
    Known("BAD_ADDRESS", "An address cannot be used: one plain e-mail address, or a web address, is needed."),
    Known("BAD_DATE", "An input is no date."),
    Known("BAD_INPUT", "An input of the step does not fit what its action takes."),
    Known("BAD_LINK", "A link does not begin with https://."),
    Known("BAD_PERIOD", "A period ends before it begins."),
    Known("BAD_SUBJECT", "A subject is too long, or has more than one line."),
    Known("BAD_URGENCY", "An urgency is none of low, normal and high."),
    Known("BODY_TOO_LONG", "A mail is longer than 256 KiB."),
    Known("CONTACT_TAKEN", "Another contact in Xero has this name or number."),
    Known("DOMAIN_NOT_ALLOWED", "The settings of the e-mail connection do not allow mail to this domain."),
    Known("FAILED_BY_RULE", "The rule itself says `fail`."),
    Known("FORBIDDEN", "The key or sign-in lacks the permission that this needs."),
    Known("GIVEN_UP", "The run was ended before the step was done."),
    Known("GAVE_UP", "A busy or broken service was asked as often as `try again` says."),
    Known("GONE", "What the step is about is no longer there."),
    Known("HAS_PAYMENTS", "The document in Xero has payments or credits on it."),
    Known("INVALID", "The vendor refuses the data; its own words stand beside the code."),
    Known("MAIL_REFUSED", "The mail server refuses the mail."),
    Known("MESSAGE_TOO_LONG", "A notice is too long for its channel."),
    Known("MISSING", "Nothing was found within the time of `if missing: retry for ...`."),
    Known("NOT_APPROVED", "The invoice in Xero is not approved yet."),
    Known("NOT_CHANGEABLE", "Xero does not allow this change of the document in its present state."),
    Known("NOT_FOUND", "The vendor does not have it."),
    Known("NOT_INSTALLED", "A channel needs an extra that is not installed."),
    Known("NOT_READ", "In a trial, something could not be read."),
    Known("NO_ACTION", "There is no such action."),
    Known("NO_ATTACHMENTS", "The address of a channel asks for an attachment."),
    Known("NO_BODY", "A mail has no text."),
    Known("NO_CONNECTION", "No connection of the workspace can do this."),
    Known("NO_INBOX", "The connection has no inbox."),
    Known("NO_LIST", "The step names no e-mail list."),
    Known("NO_MAILER", "A notice by mail needs an e-mail connection."),
    Known("NO_MAIL_SERVER", "The mail server cannot be used with these settings."),
    Known("NO_MESSAGE", "A notice has no message."),
    Known("NO_RECORD", "A consent does not say how it was given."),
    Known("NO_REPEATS", "The address of a channel asks for repeats."),
    Known("NO_SUBJECT", "A mail has no subject."),
    Known("NO_TITLE", "A task has no title."),
    Known("OVERPAID", "The payment is larger than what is owed in Xero."),
    Known("POLICY_INVALID", "The settings of the ruleset do not fit together."),
    Known("RECIPIENT_REFUSED", "The mail server does not take mail for this address."),
    Known("SCHEME_NOT_ALLOWED", "The service of a channel is not allowed."),
    Known("TIMED_OUT", "It was not done, or did not come, within `at most`."),
    Known("TOO_MANY_ROUNDS", "A posting does not come to an end; report it as a fault."),
    Known("TOO_MANY_STEPS", "A run did more steps than any rule should; look for a loop over too many entries."),
    Known("UNKNOWN_CHANNEL", "`daybook.yaml` has no such channel."),
    Known("UNKNOWN_PERSON", "`daybook.yaml` has nobody of this name or role."),
    Known("WEBHOOK_REFUSED", "The address of a webhook refuses the notice."),
    Known("WHOLE_CALL", "The vendor refuses the whole request without naming the part that is wrong."),
)
# Why a run pauses, beside its own waits.
PAUSES = (
    Known("QUIET_HOURS", "A message to someone outside the staff waits until the practice opens."),
    Known("MISSING", "The step looks again later, as `if missing: retry for ...` says."),
)
