"""Second- and third-degree AV block: P waves that no beat follows."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from kalemia.simulation.potassium_laws import Law
from kalemia.simulation.rhythm import EDGE_S, Rhythm

SECOND_DEGREE, THIRD_DEGREE = "av_block_2", "av_block_3"
_SOURCE = (
    "textbook: both become more common with potassium; the numbers: chosen, for want of a count, to be rare at normal "
    "potassium (as in PTB-XL) and rarer than first-degree block above 7 (18 %, BMC Emerg Med 2019)"
)
SECOND_DEGREE_SHARE = Law("share", ((4.1, 0.001), (6.5, 0.003), (8.0, 0.020), (9.5, 0.030)), _SOURCE)
THIRD_DEGREE_SHARE = Law("share", ((4.1, 0.001), (6.5, 0.003), (8.0, 0.025), (9.5, 0.040)), _SOURCE)
"""Of ECGs in sinus rhythm, by the effective potassium of heart rate and AV node."""
LOWEST_RATE_BPM = 32.0  # of the ventricles, below which no ECG would be taken in peace
ESCAPE_BPM = (32.0, 48.0)  # textbook: ventricular escape 20 to 40, junctional 40 to 60
JUNCTIONAL_SHARE = 0.5  # of third-degree blocks whose escape beats are narrow
WENCKEBACH_SHARE = 0.5  # of second-degree blocks whose PR grows until a beat falls out
WENCKEBACH_S = (0.02, 0.05)  # by how much PR grows from beat to beat
ATRIAL_BEATS_PER_DROPPED = (2, 3, 4, 5)


@dataclass(frozen=True)
class Conduction:
    """A rhythm behind an AV node that does not conduct every beat.

    Attributes:
        rhythm: of the ventricles.
        pr_added_s: by how much the PR of each beat is longer than the patient's own, in s.
        lone_p_s: where R would have stood behind each P wave that was not conducted, in s.
        dissociated: whether no P wave belongs to any beat.
    """

    rhythm: Rhythm
    pr_added_s: Float[np.ndarray, " beat"]
    lone_p_s: Float[np.ndarray, " lone"]
    dissociated: bool = False


def conduct(rng: np.random.Generator, rhythm: Rhythm, rate_potassium: float, duration_s: float) -> Conduction:
    """What the AV node lets through, in sinus rhythm; other rhythms pass as they are.

    Args:
        rng: source of chance.
        rhythm: of the atria.
        rate_potassium: effective potassium of the patient's heart rate and AV node in mEq/L.
        duration_s: length of the recording.
    """
    chance = rng.random()
    second, third = SECOND_DEGREE_SHARE(rate_potassium), THIRD_DEGREE_SHARE(rate_potassium)
    if rhythm.name == "sinus" and chance < second:
        return second_degree(rng, rhythm)
    if rhythm.name == "sinus" and chance < second + third:
        return third_degree(rng, rhythm, duration_s)
    return _all_conducted(rhythm)


def second_degree(rng: np.random.Generator, rhythm: Rhythm) -> Conduction:
    """Every second to fifth P wave is not conducted, where the ventricles stay fast enough; ectopy is silent."""
    rate_bpm = 60.0 / float(np.mean(rhythm.rr_s))
    possible = [n for n in ATRIAL_BEATS_PER_DROPPED if rate_bpm * (n - 1) / n >= LOWEST_RATE_BPM]
    if not possible:
        return _all_conducted(rhythm)
    every = int(rng.choice(possible))
    place = (np.arange(len(rhythm.r_s)) + rng.integers(every)) % every
    grows_s = rng.uniform(*WENCKEBACH_S) if every > 2 and rng.random() < WENCKEBACH_SHARE else 0.0
    conducted, added_s = place < every - 1, grows_s * place
    return Conduction(
        _ventricles(SECOND_DEGREE, rhythm.r_s[conducted] + added_s[conducted], rhythm.breath[conducted]),
        added_s[conducted],
        rhythm.r_s[~conducted],
    )


def third_degree(rng: np.random.Generator, rhythm: Rhythm, duration_s: float) -> Conduction:
    """Atria and ventricles each go their own way."""
    rr_s = 60.0 / rng.uniform(*ESCAPE_BPM)
    steps_s = rr_s * (1 + rng.normal(0, 0.01, int((duration_s + 2 * EDGE_S) / rr_s) + 2))
    r_s = np.cumsum(steps_s) - EDGE_S - rng.uniform(0, rr_s)
    r_s = r_s[(r_s > -EDGE_S) & (r_s < duration_s + EDGE_S)]
    breath = np.interp(r_s, rhythm.r_s, rhythm.breath)
    escape = _ventricles(THIRD_DEGREE, r_s, breath)
    if rng.random() >= JUNCTIONAL_SHARE:
        escape = replace(escape, ventricular=np.ones(len(r_s), dtype=bool))
    return Conduction(escape, np.zeros(len(r_s)), rhythm.r_s, dissociated=True)


def _ventricles(name: str, r_s: Float[np.ndarray, " beat"], breath: Float[np.ndarray, " beat"]) -> Rhythm:
    none = np.zeros(len(r_s), dtype=bool)
    return Rhythm(name, r_s, ventricular=none, atrial=none, breath=breath)


def _all_conducted(rhythm: Rhythm) -> Conduction:
    return Conduction(rhythm, np.zeros(len(rhythm.r_s)), np.zeros(0))
