"""Number cells to SQL: money, signs, percent, grouping by locale; exact or not at all.

Called by `cells`. Each function gives a SQL expression over a text expression. Invariant:
nothing is rounded, guessed or converted; a foreign currency is refused, not added up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from semantic.types import DataType
from server.warehouse.sql_text import escape_pattern, quote_text

_SYMBOLS: Final[dict[str, tuple[str, ...]]] = {
    "USD": ("US$", "$"),
    "EUR": ("€",),
    "GBP": ("£",),
    "JPY": ("¥",),
    "CNY": ("¥", "元"),
    "CHF": ("Fr.",),
    "INR": ("₹",),
    "KRW": ("₩",),
    "TRY": ("₺",),
    "ILS": ("₪",),
    "UAH": ("₴",),
    "BRL": ("R$",),
    "PLN": ("zł",),
    "CZK": ("Kč",),
    "SEK": ("kr",),
    "NOK": ("kr",),
    "DKK": ("kr",),
    "AUD": ("AU$", "A$", "$"),
    "CAD": ("CA$", "C$", "$"),
    "NZD": ("NZ$", "$"),
    "SGD": ("S$", "$"),
    "HKD": ("HK$", "$"),
    "MXN": ("MX$", "$"),
}
_ANY_CURRENCY: Final = r"(?:[A-Za-z]{0,3}[$€£¥元₹₩₺₪₽₴]|[A-Za-z]{2,3}\.?|zł|Kč)"
_BLANKS: Final = r"[\s\x{00A0}\x{202F}]*"
_SIGN: Final = r"[-+\x{2212}]"


@dataclass(frozen=True, slots=True)
class NumberForm:
    """How numbers are written in one column."""

    locale: str
    currency: str

    @property
    def group(self) -> str:
        """The mark between groups of three digits."""
        return "," if self.locale == "en" else "."

    @property
    def point(self) -> str:
        """The decimal mark."""
        return "." if self.locale == "en" else ","

    @property
    def body(self) -> str:
        """A pattern for digits with grouping and decimals."""
        whole = rf"(?:[0-9]{{1,3}}(?:[{self.group}][0-9]{{3}})+|[0-9]+)"
        return rf"(?:{whole}(?:[{self.point}][0-9]+)?|[{self.point}][0-9]+)"

    def pattern(self, currency: str) -> str:
        """A pattern for a whole cell: optional sign, currency, percent sign or parentheses."""
        b, money = _BLANKS, f"(?:{currency})?"
        signed = f"(?:{_SIGN}?{b}{money}|{money}{b}{_SIGN}?)"
        number = f"{self.body}{b}%?{b}{money}"
        return rf"{b}(?:{signed}{b}{number}|{money}{b}\({b}{money}{b}{number}{b}\)){b}"

    @property
    def own_pattern(self) -> str:
        """A pattern for cells in the model's own currency or in none."""
        names = (*_SYMBOLS.get(self.currency, ()), self.currency, self.currency.lower())
        return self.pattern("|".join(escape_pattern(name) for name in names))

    @property
    def any_pattern(self) -> str:
        """A pattern for cells in any currency."""
        return self.pattern(_ANY_CURRENCY)


def number_sql(cell: str, type_: DataType, form: NumberForm) -> str:
    """The typed value of a cell that is not null, or NULL where it is no such number."""
    plain = _plain_pattern(type_)
    target = type_.to_sql()
    easy = cell
    if form.point == ",":
        plain = plain.replace("[.]", ",")
        easy = f"replace({cell}, ',', '.')"
    return (
        f"CASE WHEN regexp_full_match({cell}, {quote_text(plain)})"
        f" THEN TRY_CAST({easy} AS {target})"
        f" ELSE {_fit(_canonical(cell, type_, form), type_)} END"
    )


def explain_number_sql(cell: str, type_: DataType, form: NumberForm) -> str:
    """The reason code for a cell that `number_sql` makes NULL."""
    canonical = _canonical(cell, type_, form)
    fine = "not-an-integer" if type_.kind == "integer" else "too-many-decimals"
    fits = "true" if type_.kind == "double" else _has_scale(canonical, type_)
    return (
        f"CASE WHEN {canonical} IS NOT NULL THEN"
        f" CASE WHEN {fits} THEN 'out-of-range' ELSE '{fine}' END"
        f" WHEN regexp_full_match({cell}, {quote_text(form.any_pattern)}) THEN 'other-currency'"
        " ELSE 'not-a-number' END"
    )


def _plain_pattern(type_: DataType) -> str:
    """Cells the engine casts exactly as they stand; most cells of most files."""
    if type_.kind == "integer":
        return "[-+]?[0-9]{1,18}"
    if type_.kind == "double":
        return "[-+]?[0-9]{1,17}([.][0-9]{1,17})?"
    whole = max(type_.precision - type_.scale, 1)
    decimals = f"([.][0-9]{{1,{type_.scale}}})?" if type_.scale else ""
    return f"[-+]?[0-9]{{1,{whole}}}{decimals}"


def _canonical(cell: str, type_: DataType, form: NumberForm) -> str:
    """The cell as `-?digits[.digits]`, or NULL where it is no number in the model's currency."""
    digits = f"regexp_extract({cell}, {quote_text(form.body)})"
    plain = f"replace(replace({digits}, '{form.group}', ''), '{form.point}', '.')"
    minus = rf"CASE WHEN regexp_matches({cell}, '[-(\x{{2212}}]') THEN '-' ELSE '' END"
    exponent = ""
    if type_.kind == "double":
        shape = rf"{_BLANKS}[-+]?[0-9]+([{form.point}][0-9]+)?[eE][-+]?[0-9]{{1,3}}{_BLANKS}"
        exponent = (
            f" WHEN regexp_full_match({cell}, {quote_text(shape)})"
            f" THEN replace(trim({cell}), '{form.point}', '.')"
        )
    return (
        f"CASE WHEN regexp_full_match({cell}, {quote_text(form.own_pattern)})"
        f" THEN {minus} || {plain}{exponent} END"
    )


def _has_scale(canonical: str, type_: DataType) -> str:
    scale = type_.scale if type_.kind == "decimal" else 0
    return f"regexp_full_match({canonical}, '-?[0-9]*([.][0-9]{{0,{scale}}}0*)?')"


def _fit(canonical: str, type_: DataType) -> str:
    if type_.kind == "double":
        value = f"TRY_CAST({canonical} AS DOUBLE)"
        return f"CASE WHEN isfinite({value}) THEN {value} END"
    # Digits beyond the scale are all zero here, so the cast cuts nothing but zeros.
    text = f"regexp_replace({canonical}, '[.].*', '')" if type_.kind == "integer" else canonical
    value = f"TRY_CAST({text} AS {type_.to_sql()})"
    return f"CASE WHEN {_has_scale(canonical, type_)} THEN {value} END"
