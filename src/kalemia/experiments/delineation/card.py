"""The model card of the network."""

from collections.abc import Sequence

from kalemia.delineation.beat import Beat
from kalemia.delineation.network import FS_HZ
from kalemia.experiments.delineation.augmentation import WITHOUT_P_SHARE
from kalemia.experiments.delineation.cross_validation import LEAD, Found
from kalemia.experiments.delineation.ludb import Marks
from kalemia.experiments.delineation.measure import NAMES, measure
from kalemia.experiments.delineation.simulated import DOUBT
from kalemia.experiments.delineation.training import BATCH, SIMULATED, WITHOUT_BEATS

POINTS = ("onset", "peak", "offset")


def card(found: Found, *, parameters: int, folds: int, epochs: int, seed: int, with_noise: bool) -> str:
    """The text of README.md beside the network.

    Args:
        found: the beats of every lead by cross-validation.
        parameters: of the network.
        folds: of the cross-validation.
        epochs: of training.
        seed: of training.
        with_noise: whether recorded noise was added in training.
    """
    records = len({lead.record for lead, _ in found})
    all_leads = [(lead.marks, beats) for lead, beats in found]
    one_lead = [(lead.marks, beats) for lead, beats in found if lead.name == LEAD]
    noise = " --nstdb FOLDER" if with_noise else ""
    return f"""# P, QRS and T, sample by sample

`model.onnx` takes leads at 500 Hz, `(lead, 1, time)` float32 as `kalemia.delineation.network.normalised` makes them,
time a multiple of 32, and gives the probabilities of none, P, QRS and T, `(lead, 4, time)`.
`kalemia.delineation.waves` makes beats of them.

- A U-Net along time, {parameters:,} parameters, trained for {epochs} epochs in batches of {BATCH} on one CPU core
  on the 12 leads of {records} records, with noise, wander, mains hum, other rates and gains added. What lies before the
  first and behind the last mark of a lead, where waves were left unmarked, was left out. In {WITHOUT_P_SHARE:.0%} of
  what it saw, P waves were taken out, most often with fibrillatory waves in their place.
- To each 100 of these leads came {100 * SIMULATED:.0f} of simulated patients (`kalemia.simulation`), half of them with
  hyperkalaemia and many with atrial fibrillation, of which all but the {2 * DOUBT / FS_HZ * 1e3:.0f} ms around each
  boundary were taught, and {100 * WITHOUT_BEATS:.0f} of noise or ventricular fibrillation alone, without any beat.
- Data: Lobachevsky University Electrocardiography Database 1.0.1, Kalyakulina A. I., Yusipov I. I., Moskalenko V. A.,
  Nikolskiy A. V., Kosonogov K. A., Osipov G. V., Zolotykh N. Yu., Ivanchenko M. V., *LUDB: a new open-access validation
  tool for electrocardiogram delineation algorithms*, IEEE Access 8 (2020), doi:10.1109/ACCESS.2020.3029211, from
  PhysioNet, under the Open Data Commons Attribution License 1.0. Noise: MIT-BIH Noise Stress Test Database, Moody et
  al. 1984, the same licence. None of the recordings is in it.
- Made again by `python -m kalemia.experiments.delineation OUT --ludb FOLDER{noise} --folds {folds} --epochs {epochs}
  --seed {seed}`. The same command measures what is below.

## Results

{folds}-fold cross-validation by record, which is by patient: each record was looked at by a network that never saw it.
A wave is found if its peak lies within 150 ms of a marked one. Errors are mean ± standard deviation in ms, found less
marked.

Lead {LEAD}, {len(one_lead)} leads:

{_table(one_lead)}

All 12 leads, {len(all_leads)} leads:

{_table(all_leads)}

## Limits

- The database marks a peak one sample (2 ms) before the extremum. Here a peak is the extremum, so peaks come 2 ms late.
- The marks are of {records} adults, 10 s each. Few have atrial flutter or a complete block.
- P waves that no QRS complex follows are not reported.
- Where most beats around have no P wave and the rhythm is irregular, `waves` drops the few that were found.
- No U waves.
"""


def _table(found: Sequence[tuple[Marks, Sequence[Beat]]]) -> str:
    rows = [
        "| wave | F1 | sensitivity | predictive value | onset | peak | offset |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for kind, name in NAMES.items():
        result = measure(found, kind)
        errors = (f"{mean:+.1f} ± {sd:.1f}" for mean, sd in zip(result.mean_ms, result.sd_ms, strict=True))
        shares = (result.f1, result.sensitivity, result.predictive_value)
        rows.append(" | ".join(["| " + name, *(f"{share:.4f}" for share in shares), *errors]) + " |")
    return "\n".join(rows)
