"""What a user sees of long work: bars and short notes on standard error."""

from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Self, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

T = TypeVar("T")


class Progress:
    """Bars on standard error, one line per stage; silent where `shown` is false.

    Use as a context manager.
    """

    def __init__(self, *, shown: bool) -> None:
        self._bars = Bars(
            TextColumn("{task.description:<20}"),
            BarColumn(bar_width=16),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
            console=Console(stderr=True),
            disable=not shown,
        )
        self._shown = shown

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bars.stop()

    def over(self, items: Iterable[T], description: str, total: int) -> Iterator[T]:
        """Go through `items` with a bar."""
        task = self.begin(description, total)
        for item in items:
            yield item
            self.advance(task)

    def begin(self, description: str, total: int, completed: int = 0) -> TaskID:
        """A new bar; `completed` of `total` are already done."""
        self._bars.start()
        return self._bars.add_task(description, total=total, completed=completed, note="")

    def advance(self, task: TaskID, note: str = "") -> None:
        """One more is done, with a note behind the bar."""
        self._bars.update(task, advance=1, note=note)

    def follow(self, description: str, total: int) -> Callable[[int], None]:
        """A new bar, and what to tell how much of the total is done."""
        task = self.begin(description, total)
        return lambda done: self._bars.update(task, completed=done)

    def say(self, sentence: str) -> None:
        """A line of its own."""
        if self._shown:
            self._bars.console.print(sentence, highlight=False, markup=False, soft_wrap=True)
