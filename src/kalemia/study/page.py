"""The report of a study as one HTML page that stands alone: no script, no request, figures inside."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from string import Template

from kalemia import __version__
from kalemia.study.blocks import Block, Numbers, plain

_ID = re.compile(r"[a-z][a-z0-9-]*")


@dataclass(frozen=True)
class Section:
    """A part of the report.

    Attributes:
        id: what links point to: small letters, digits and hyphens.
        title: its heading.
        blocks: what it holds, in order.

    Raises:
        ValueError: the id has other characters.
    """

    id: str
    title: str
    blocks: Sequence[Block]

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ValueError(f"{self.id!r}: no id of a section. Use small letters, digits and hyphens")


def report_page(title: str, notice: str, sections: Sequence[Section]) -> str:
    """The page.

    Args:
        title: of the study.
        notice: what has to stand above every number.
        sections: in order; figures and tables are numbered through all of them.

    Raises:
        ValueError: two sections have one id.
    """
    repeated = [name for name, count in Counter(section.id for section in sections).items() if count > 1]
    if repeated:
        raise ValueError(f"two sections are called {repeated[0]}")
    page = Template(resources.files("kalemia.study").joinpath("page.html").read_text(encoding="utf-8"))
    numbers: Numbers = Counter()
    return page.substitute(
        version=__version__,
        title=plain(title),
        notice=plain(notice),
        contents="\n".join(f'<li><a href="#{one.id}">{plain(one.title)}</a></li>' for one in sections),
        sections="\n".join(_section(one, numbers) for one in sections),
    )


def _section(section: Section, numbers: Numbers) -> str:
    blocks = "\n".join(block.html(numbers) for block in section.blocks)
    heading = f'<h2 id="{section.id}">{plain(section.title)}</h2>'
    return f'<section aria-labelledby="{section.id}">\n{heading}\n{blocks}\n</section>'
