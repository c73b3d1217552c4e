"""Dates, sums, lists and words of Australian reports, read exactly or not at all.

PURE. Where two readings are possible the cell is refused with what to do about it.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from connectors.halaxy.imports.faults import BadCell

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TIME = r"(?:[ T,]+\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?\s*(?:[ap]\.?m\.?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})" + _TIME, re.IGNORECASE)
_SLASHED = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})" + _TIME, re.IGNORECASE)
_NAMED = re.compile(r"(?:[a-z]{3,9},? )?(\d{1,2})[ -]([a-z]{3,9})[ ,-]+(\d{4}|\d{2})" + _TIME, re.IGNORECASE)
_SUM = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d{1,2})?|\.\d{1,2}")
_SIGNED = re.compile(r"(?P<open>\()?(?P<minus>-)?(?:AUD ?|A)?\$?(?P<inner>-)?(?P<digits>[\d.,]+)(?P<after>-)?\)?")
_DAY_FORM = "Write it as day/month/year, such as 16/03/2026."
_SUM_FORM = "Write it as 1234.50."
_LARGEST = Decimal(1000000000000)
_FIRST, _LAST = date(2000, 1, 1), date(2100, 1, 1)
_YES, _NO = ("yes", "y", "true", "paid", "1"), ("no", "n", "false", "unpaid", "0", "-", "outstanding", "not paid")


def day(text: str) -> date:
    """A date: day before month as in Australia, with or without a time of day.

    Raises:
        BadCell: It is none, or may be meant another way.
    """
    if found := _ISO.fullmatch(text):
        return _made(text, int(found[1]), int(found[2]), int(found[3]))
    if found := _SLASHED.fullmatch(text):
        first, second = int(found[1]), int(found[3])
        if second > 12 >= first:
            raise BadCell(f'"{text}" looks as if its month came first.', f"{_DAY_FORM} Look at all dates of the file.")
        return _made(text, _year(found[4]), second, first)
    if (found := _NAMED.fullmatch(text)) and found[2][:3].lower() in _MONTHS:
        return _made(text, _year(found[3]), _MONTHS.index(found[2][:3].lower()) + 1, int(found[1]))
    raise BadCell(f'"{text}" is no date.', _DAY_FORM)


def money(text: str) -> Decimal:
    """A sum: `$1,234.50`, `-12.00`, `12.00-` or `(12.00)`.

    Raises:
        BadCell: It is none, or a comma or point may be meant another way.
    """
    plain = text.replace("\u2212", "-").replace(" ", "")
    found = _SIGNED.fullmatch(plain.upper())
    if found is None:
        raise BadCell(f'"{text}" is no sum of money.', _SUM_FORM)
    signs = [found[name] for name in ("minus", "inner", "after") if found[name]]
    if bool(found["open"]) != plain.endswith(")") or len(signs) + bool(found["open"]) > 1:
        raise BadCell(f'"{text}" has more than one sign.', _SUM_FORM)
    if not _SUM.fullmatch(found["digits"]):
        raise BadCell(f'"{text}" may be read in more than one way, or has part cents.', _SUM_FORM)
    amount = Decimal(found["digits"].replace(",", ""))
    if amount >= _LARGEST:
        raise BadCell(f'"{text}" is too large for a sum of money.', _SUM_FORM)
    amount = amount.quantize(Decimal("0.01"))
    return -amount if (signs or found["open"]) and amount else amount


def identity(text: str) -> str:
    """An id of Halaxy, such as 9001; a leading `HX-PT-` or `#` is taken off.

    Raises:
        BadCell: It holds anything but letters, digits, points, dashes and underscores.
    """
    plain = re.sub(r"^(?:HX-PT-|HX-EX-|#)", "", text, flags=re.IGNORECASE)
    if not re.fullmatch(r"\w[\w.-]{0,63}", plain, re.ASCII):
        raise BadCell(f'"{text}" is no id.', "Write the id as Halaxy shows it.")
    return plain


def identities(text: str) -> tuple[str, ...]:
    """Several ids, separated by commas, semicolons, bars or spaces."""
    return tuple(dict.fromkeys(identity(part) for part in re.split(r"[,;| ]+", text) if part))


def yes(text: str) -> bool | None:
    """Yes, no, or None for something else."""
    word = text.casefold()
    return True if word in _YES else False if word in _NO else None


def _year(text: str) -> int:
    return int(text) + (2000 if len(text) == 2 else 0)


def _made(text: str, year: int, month: int, day_of_month: int) -> date:
    try:
        made = date(year, month, day_of_month)
    except ValueError:
        raise BadCell(f'"{text}" is no day of the calendar.', _DAY_FORM) from None
    if not _FIRST <= made < _LAST:
        raise BadCell(f'"{text}" lies outside of this century.', _DAY_FORM)
    return made
