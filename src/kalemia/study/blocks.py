"""What a section of the report is made of. Whatever is given as text stays text, hostile or not."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Protocol

from kalemia.report.markup import sentence
from kalemia.study.tripod import Item, Status

BADGES: dict[Status, tuple[str, str]] = {"answered": ("✓", "yes"), "in part": ("◐", "part"), "author": ("✎", "open")}
"""Of each status: a sign, so that it is not told by colour alone, and the class of its colour."""
WHOLLY_THE_AUTHORS = "To be written by the author."

_NUMBERS = re.compile(r"(?:[\d.,\s%()\[\]/<>≤≥±+−–-]|\bto\b|\bof\b|\bNaN\b)*")
_TURNS_TEXT_AROUND = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LAYS_OUT_TEXT = frozenset("\t\n\r")

Numbers = Counter[str]
"""How many tables and figures there are so far."""


class Block(Protocol):
    """A piece of a section."""

    def html(self, numbers: Numbers) -> str:
        """As HTML; takes the next number, where it has one."""
        ...


@dataclass(frozen=True)
class Paragraph:
    """Text, under a heading of its own or none."""

    text: str
    heading: str = ""

    def html(self, numbers: Numbers) -> str:  # noqa: ARG002 a block
        """As HTML."""
        heading = f"<h3>{plain(self.heading)}</h3>\n" if self.heading else ""
        return f"{heading}<p>{plain(self.text)}</p>"


@dataclass(frozen=True)
class Preformatted:
    """Text as it was typed, such as a file."""

    text: str

    def html(self, numbers: Numbers) -> str:  # noqa: ARG002 a block
        """As HTML."""
        return f"<pre>{plain(self.text)}</pre>"


@dataclass(frozen=True)
class Notice:
    """What has to be seen."""

    text: str

    def html(self, numbers: Numbers) -> str:  # noqa: ARG002 a block
        """As HTML."""
        return f'<p class="notice" role="note">{plain(self.text)}</p>'


@dataclass(frozen=True)
class Table:
    """A table; the first column names its rows, and columns of numbers stand to the right.

    Attributes:
        caption: what it shows.
        header: a name for each column.
        rows: as long as the header.
        note: what stands below it.

    Raises:
        ValueError: a row is not as long as the header.
    """

    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.header):
                raise ValueError(f"{self.caption}: a row of {len(row)} cells under {len(self.header)} columns: {row}")

    def html(self, numbers: Numbers) -> str:
        """As HTML."""
        kinds = ["", *(_kind([row[column] for row in self.rows]) for column in range(1, len(self.header)))]
        head = "".join(
            f'<th scope="col"{kind}>{plain(name)}</th>' for name, kind in zip(self.header, kinds, strict=True)
        )
        body = "\n".join(_row(row, kinds) for row in self.rows)
        nothing = f'<tr><td colspan="{len(self.header)}">There is nothing to show.</td></tr>'
        note = f'\n<p class="soft">{plain(self.note)}</p>' if self.note else ""
        return (
            _scrolling(self.caption, f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body or nothing}\n</tbody>", numbers)
            + note
        )


@dataclass(frozen=True)
class Checklist:
    """The items of a checklist, with who has answered each."""

    caption: str
    items: Sequence[Item]

    def html(self, numbers: Numbers) -> str:
        """As HTML."""
        counts = Counter(item.status for item in self.items)
        legend = " ".join(f"{_badge(status)} {counts[status]}" for status in BADGES)
        head = "".join(f'<th scope="col">{name}</th>' for name in ("Item", "Asks for", "Status", "Answer"))
        sections = dict.fromkeys(item.section for item in self.items)
        bodies = (_items(section, [item for item in self.items if item.section == section]) for section in sections)
        table = "\n".join([f"<thead><tr>{head}</tr></thead>", *bodies])
        return f"<p>{legend}</p>\n" + _scrolling(self.caption, table, numbers, "checklist")


@dataclass(frozen=True)
class Details:
    """Blocks that are shown when asked for, and in print."""

    summary: str
    blocks: Sequence[Block]

    def html(self, numbers: Numbers) -> str:
        """As HTML."""
        inside = "\n".join(block.html(numbers) for block in self.blocks)
        return f"<details>\n<summary>{plain(self.summary)}</summary>\n{inside}\n</details>"


def plain(text: str) -> str:
    """Text that a browser shows and does nothing else with.

    Characters that no text has, and those that would turn around the text behind them, become a replacement character.
    """
    return escape("".join("\ufffd" if _is_unfit(character) else character for character in text))


def numbered(kind: str, numbers: Numbers) -> str:
    """The next one of a kind: "Table 3"."""
    numbers[kind] += 1
    return f"{kind} {numbers[kind]}"


def _is_unfit(character: str) -> bool:
    if character in _TURNS_TEXT_AROUND or ord(character) & 0xFFFE == 0xFFFE:
        return True
    return unicodedata.category(character) in ("Cc", "Cs") and character not in _LAYS_OUT_TEXT


def _scrolling(caption: str, content: str, numbers: Numbers, kind: str = "plain") -> str:
    """A table that scrolls where the page is narrower, and not the page."""
    name = numbered("Table", numbers)
    key = name.replace(" ", "_")
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-labelledby="{key}">\n<table class="{kind}">\n'
        f'<caption id="{key}"><span><b>{name}.</b> {plain(caption)}</span></caption>\n{content}\n</table>\n</div>'
    )


def _kind(cells: Iterable[str]) -> str:
    joined = " ".join(cells)
    return ' class="number"' if _NUMBERS.fullmatch(joined) and any(map(str.isdigit, joined)) else ""


def _row(cells: Sequence[str], kinds: Sequence[str]) -> str:
    first, *others = cells
    rest = (f"<td{kind}>{plain(cell)}</td>" for cell, kind in zip(others, kinds[1:], strict=True))
    return f'<tr><th scope="row">{plain(first)}</th>{"".join(rest)}</tr>'


def _items(section: str, items: Iterable[Item]) -> str:
    rows = "\n".join(
        f'<tr><th scope="row">{plain(item.number)} {plain(item.topic)}</th><td>{plain(item.asks)}</td>'
        f"<td>{_badge(item.status)}</td><td>{_answer(item)}</td></tr>"
        for item in items
    )
    return f'<tbody>\n<tr><th scope="rowgroup" colspan="4">{plain(section)}</th></tr>\n{rows}\n</tbody>'


def _badge(status: Status) -> str:
    sign, kind = BADGES[status]
    return f'<span class="badge {kind}"><span aria-hidden="true">{sign}</span> {status}</span>'


def _answer(item: Item) -> str:
    if item.status == "author":
        return f"<em>{WHOLLY_THE_AUTHORS}</em>"
    left = f" <em>Author: {plain(sentence(item.author))}</em>" if item.author else ""
    return plain(item.answer) + left
