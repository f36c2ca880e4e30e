"""Many files, one after another: where the output of each goes, and what to say of one that failed."""

import json
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import typer

from kalemia.cli.shell import complain, one_line
from kalemia.errors import KalemiaError, OutputError
from kalemia.progress import Progress


@dataclass(frozen=True)
class Job:
    """A file, and where its outputs go: `None` where one was not asked for."""

    file: Path
    outputs: tuple[Path | None, ...]


@dataclass(frozen=True)
class Output:
    """An output that a user may ask for.

    Attributes:
        target: a file, or the folder for those of several inputs; `None` if it was not asked for.
        suffix: of the files in the folder.
        whole_names: whether they keep the input's suffix before their own, as in `ecg.csv.html`; where two inputs
            differ in nothing else, theirs do anyway.
    """

    target: Path | None
    suffix: str
    whole_names: bool = False


def jobs_of(files: list[Path], outputs: Sequence[Output], *, in_folders: bool) -> list[Job]:
    """A job for each file; no two outputs get one name.

    Args:
        files: the inputs.
        outputs: what to write for each.
        in_folders: whether targets are folders even if they are not there yet.

    Raises:
        OutputError: a target is a file where a folder is needed, or an output would replace an input or another output.
    """
    paths = [_paths(output, files, in_folders=in_folders) for output in outputs]
    protect(files, [path for column in paths for path in column if path is not None])
    return [Job(file, tuple(own)) for file, *own in zip(files, *paths, strict=True)]


def _paths(output: Output, files: list[Path], *, in_folders: bool) -> list[Path | None]:
    target = output.target
    if target is None:
        return [None] * len(files)
    if not in_folders and not target.is_dir():
        return [target]
    if target.is_file():
        raise OutputError(f"{target.name}: a file, but the output of several needs a folder. Name a folder")
    stems = Counter(file.stem for file in files)
    taken: list[Path | None] = []
    for file in files:
        stem = file.name if output.whole_names or stems[file.stem] > 1 else file.stem
        name, number = stem, 1
        while (path := target / f"{name}{output.suffix}") in taken:  # a/ecg.csv and b/ecg.csv
            number += 1
            name = f"{stem}-{number}"
        taken.append(path)
    return taken


def protect(files: list[Path], outputs: list[Path]) -> None:
    """Refuse to write over what is read, or twice to the same file.

    Raises:
        OutputError: an output is an input, or two outputs have one name.
    """
    inputs = {file.resolve() for file in files}
    taken: set[Path] = set()
    for path in outputs:
        if path.resolve() in inputs:
            raise OutputError(f"{path.name}: an input, which the output would replace. Name another file")
        if path.resolve() in taken:
            raise OutputError(f"{path.name}: named for two outputs. Name two files")
        taken.add(path.resolve())


def answer_each(
    jobs: list[Job],
    description: str,
    answer: Callable[[Job], str | None],
    error_as_json: Callable[[Job, str, Exception], Mapping[str, object]] | None,
) -> bool:
    """Show the answer to each job in turn; whatever is wrong with one, the others go on.

    Args:
        jobs: what to do.
        description: of the bar, which is shown if there is more than one.
        answer: does a job, and gives what to print, if anything.
        error_as_json: what to print for machines, from a job, what is wrong in one line, and the error. For people it
            is `None`: then that line goes to standard error.

    Returns:
        Whether all went well.

    Raises:
        OutputError: where the output of one cannot be written, that of the next cannot either.
    """
    all_well = True
    with_bar = len(jobs) > 1 and sys.stderr.isatty()
    with Progress(shown=with_bar) as progress:
        show, complain_of = _voices(progress) if with_bar else (typer.echo, complain)
        for job in progress.over(jobs, description, len(jobs)):
            try:
                text = answer(job)
            except OutputError:
                raise
            except Exception as error:
                all_well = False
                message = explained(error, job.file)
                if error_as_json is None:
                    complain_of(message)
                    continue
                text = json.dumps(error_as_json(job, message, error), allow_nan=False)
            if text is not None:
                show(text)
    return all_well


def _voices(progress: Progress) -> tuple[Callable[[str], None], Callable[[str], None]]:
    """How to show a result and how to complain above a bar that lives on the terminal.

    The bar puts itself in the place of `sys.stdout`: what goes to a file or a pipe has to pass it by.
    """
    show = progress.say if sys.stdout.isatty() else partial(typer.echo, file=sys.stdout)
    return show, lambda message: progress.say(one_line(message))


def explained(error: Exception, file: Path) -> str:
    """What is wrong with a file, in one line; of what was not foreseen, that too."""
    if isinstance(error, KalemiaError):
        return str(error)
    return f"{file.name}: unexpected {type(error).__name__} ({error}). Please report it"
