"""What a run found to the words that are sent: subject, plain text, HTML, JSON for chat systems.

Called by the channels. Pure. Invariant: everything that came from data or a person is escaped for
where it goes; a subject is one line.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_SUBJECT_CHARS: Final = 200
_TEXT_CHARS: Final = 2_500


@dataclass(frozen=True, slots=True)
class Message:
    """One report or alert, ready to be worded for a channel."""

    title: str
    lead: str
    """One sentence under the title."""
    cards: Sequence[tuple[str, str]] = ()
    """Label and number of each card."""
    notes: Sequence[str] = ()
    """What the reader must know: parts without an answer, files that are missing."""
    facts: Sequence[tuple[str, str]] = ()
    """As of, data version, run."""
    semantic_sql: str = ""
    link: str = ""
    is_alert: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)
    """For programs: what the JSON kind adds."""

    @property
    def subject(self) -> str:
        """The subject of a mail."""
        text = f"Alert: {self.title}" if self.is_alert else self.title
        return one_line(text)[:_SUBJECT_CHARS]


def one_line(text: str) -> str:
    r"""The text without anything that could end a line or a header.

    >>> one_line("a\r\nBcc: b")
    'a Bcc: b'
    """
    return " ".join(_CONTROL.sub(" ", text).split())


def to_plain_text(message: Message) -> str:
    """The mail for whoever reads no HTML."""
    lines = [message.title, "=" * min(len(message.title), 70), "", message.lead, ""]
    lines += [f"{label}: {number}" for label, number in message.cards]
    lines += [""] * bool(message.cards)
    lines += [f"Note: {note}" for note in message.notes]
    lines += [""] * bool(message.notes)
    lines += [f"{label}: {text}" for label, text in message.facts]
    if message.semantic_sql:
        lines += ["", "Semantic SQL:", message.semantic_sql]
    if message.link:
        lines += ["", message.link]
    return "\n".join(lines) + "\n"


_STYLE: Final = "font-family:Helvetica,Arial,sans-serif;color:#222;font-size:14px;line-height:1.4"


def to_html(message: Message) -> str:
    """The mail as HTML: no script, no picture, no address but the link."""
    cards = "".join(
        '<td style="padding:10px 16px;border:1px solid #ddd;vertical-align:top">'
        f'<div style="font-size:12px;color:#555">{_escape(label)}</div>'
        f'<div style="font-size:20px;font-weight:bold">{_escape(number)}</div></td>'
        for label, number in message.cards
    )
    table = f'<table style="border-collapse:collapse"><tr>{cards}</tr></table>' if cards else ""
    notes = "".join(f"<li>{_escape(note)}</li>" for note in message.notes)
    facts = "<br>".join(f"{_escape(label)}: {_escape(text)}" for label, text in message.facts)
    sql = f"<pre>{_escape(message.semantic_sql)}</pre>" if message.semantic_sql else ""
    link = _escape(message.link)
    anchor = f'<p><a href="{link}">{link}</a></p>' if link else ""
    return (
        f'<!doctype html><html lang="en"><body style="{_STYLE}">'
        f'<h1 style="font-size:20px">{_escape(message.title)}</h1><p>{_escape(message.lead)}</p>'
        f"{table}{f'<ul>{notes}</ul>' if notes else ''}"
        f'<p style="font-size:12px;color:#555">{facts}</p>{sql}'
        f"{anchor}</body></html>"
    )


def to_slack(message: Message) -> dict[str, Any]:
    """The JSON of an incoming webhook of Slack."""
    lines = [f"*{_slack(message.title)}*", _slack(message.lead)]
    lines += [f"• {_slack(label)}: *{_slack(number)}*" for label, number in message.cards]
    lines += [f"_{_slack(note)}_" for note in message.notes]
    if message.semantic_sql:
        lines.append(f"```{_slack(message.semantic_sql)}```")
    if message.link:
        lines.append(f"<{message.link}>")
    facts = " · ".join(f"{label}: {text}" for label, text in message.facts)
    return {
        "text": _slack(message.subject),
        "blocks": [
            {
                "type": "section",
                "text": {"type": "mrkdwn", "text": "\n".join(lines)[:_TEXT_CHARS]},
            },
            {
                "type": "context",
                "elements": [{"type": "mrkdwn", "text": _slack(facts) or " "}],
            },
        ],
    }


def to_teams(message: Message) -> dict[str, Any]:
    """The JSON of a Teams workflow: an adaptive card."""
    numbers = [*message.cards, *message.facts]
    body: list[dict[str, Any]] = [
        _block(message.title, size="Large", weight="Bolder"),
        _block(message.lead),
        {
            "type": "FactSet",
            "facts": [{"title": _teams(label), "value": _teams(text)} for label, text in numbers],
        },
        *(_block(note, isSubtle=True) for note in message.notes),
    ]
    if message.semantic_sql:
        body.append(_block(message.semantic_sql, fontType="Monospace"))
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
    }
    if message.link:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Open", "url": message.link}]
    content = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return {"type": "message", "attachments": [content]}


def to_plain_json(message: Message) -> dict[str, Any]:
    """The JSON for a program of one's own."""
    return {
        "kind": "alert" if message.is_alert else "report",
        "title": message.title,
        "lead": message.lead,
        "cards": [{"label": label, "value": number} for label, number in message.cards],
        "notes": list(message.notes),
        "facts": dict(message.facts),
        "semantic_sql": message.semantic_sql,
        "link": message.link,
        **message.extra,
    }


def _block(text: str, **style: Any) -> dict[str, Any]:
    return {"type": "TextBlock", "text": _teams(text)[:_TEXT_CHARS], "wrap": True, **style}


def _escape(text: str) -> str:
    lines = [_CONTROL.sub(" ", line) for line in text.split("\n")]
    return html.escape("\n".join(lines), quote=True)


def _slack(text: str) -> str:
    """Text that names nobody and links nowhere: Slack knows these three escapes.

    >>> _slack("<!channel> & *")
    '&lt;!channel&gt; &amp; *'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _teams(text: str) -> str:
    r"""Text without the Markdown that makes links and headings.

    >>> _teams("[a](http://b) *c*")
    '\\[a\\](http://b) \\*c\\*'
    """
    return re.sub(r"([\\`*_\[\]#])", r"\\\1", text)
