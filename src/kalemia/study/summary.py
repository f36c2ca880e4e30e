"""What was found, in sentences: who is better than whom, and by how much."""

from kalemia.study.blocks import Block, Notice, Paragraph
from kalemia.study.contestants import BOOSTING, CONSTANT, STUDY_MODEL, T_WAVE
from kalemia.study.findings import Findings
from kalemia.study.tables import number, percent, with_interval


def summary(found: Findings) -> list[Block]:
    """The result in sentences: who is better than whom, with intervals."""
    rest = [one.contestant.name for one in found.results if one.contestant.name != STUDY_MODEL]
    core = [name for name in rest if name in (CONSTANT, T_WAVE, BOOSTING)]
    others = [name for name in rest if name not in core]
    blocks: list[Block] = [Notice(_headline(found))]
    for heading, names in (("Beside what is simpler", core), ("Beside other networks", others)):
        if names:
            blocks.append(Paragraph(" ".join(_told(found, name) for name in names), heading))
    return blocks


def _headline(found: Findings) -> str:
    """The study's model beside the constant."""
    scores, title = found.scores[STUDY_MODEL], found.main.contestant.title
    gain = scores["mae_gain"]
    accuracy = (
        f"{title} estimates potassium with a mean absolute error of {with_interval(scores['mae'])} mEq/L, where the "
        f"median of the training patients alone has {with_interval(scores['mae_constant'])}: {percent(gain.value)} "
        f"less ({percent(gain.low)} to {percent(gain.high)})."
    )
    return (
        f"{accuracy} The slope of estimate on measurement is {with_interval(scores['slope'])}, the AUROC for 5.5 mEq/L "
        f"and above {with_interval(scores['auroc_high'], 3)}."
    )


def _told(found: Findings, name: str) -> str:
    """One contestant against the study's model, on the same ECGs."""
    other, difference = found.of(name).contestant.title, found.against_main[name]
    size = number(abs(difference.value), 3)
    interval = f"difference {with_interval(difference, 3)} mEq/L"
    if difference.low > 0:
        return f"{other} is worse than {found.main.contestant.title} by {size} ({interval})."
    if difference.high < 0:
        return f"{other} beats {found.main.contestant.title} by {size} ({interval})."
    return f"Between {other} and {found.main.contestant.title} no difference is shown ({interval})."
