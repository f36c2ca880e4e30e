"""The card of the template library."""

import numpy as np
from jaxtyping import Float

from kalemia.experiments.templates.axes import COUPLED_BEATS, GEOMETRY, ISOLATED_BEATS, STEPS
from kalemia.experiments.templates.check import Between, calcium_share, falling_share, measure_all
from kalemia.simulation.template_file import AXES, FIRST_MS, LAST_MS, STEP_MS, UNIT, TemplateArrays


def card(arrays: TemplateArrays, between: Between, seed: int) -> str:
    """The text of README.md beside the library.

    Args:
        arrays: the library.
        between: how near it comes to strands that it does not hold.
        seed: of drawing those.
    """
    count = int(np.prod(arrays.phi.shape[:-1]))
    features = measure_all(arrays)
    at_4, at_6, at_7 = (int(np.abs(arrays.levels["potassium_mm"] - level).argmin()) for level in (4.0, 6.0, 7.0))
    transmural_ms = np.median((arrays.marks_ms[..., 1] - arrays.marks_ms[..., 0]).reshape(len(arrays.phi), -1), axis=1)
    return f"""# Repolarisation waves of simulated strands

`templates.npz`: {count:,} ST-T waves of a transmural strand of ventricular wall, every combination of

| axis | levels |
| --- | --- |
{_levels(arrays)}

`kalemia.simulation.templates` reads it and interpolates. Made by `python -m kalemia.experiments.templates OUT`; the
waves do not depend on chance.

- **Cells**: ten Tusscher and Panfilov, Am J Physiol Heart Circ Physiol 291:H1088-H1100, 2006,
  doi:10.1152/ajpheart.00109.2006, as encoded in CellML. Conductances as published but for IKs, which is multiplied by
  the gradient in epi and by half the excess in mid cells (endo: as published), and IKr, multiplied in all layers.
  That gradient is not part of the published model: without it the strand's T wave is small and inverted.
- **Strand**: {GEOMETRY.length_mm:g} mm from endo to epi, {GEOMETRY.nodes} nodes, diffusion coefficient
  {GEOMETRY.diffusion_mm2_per_ms:g} mm²/ms, no current through its ends, stimulated at the endocardium. Cells were
  paced on their own for {ISOLATED_BEATS} beats, the strand for {COUPLED_BEATS}, of which the last is kept. Steps of
  {STEPS.active_ms:g} ms during activation and {STEPS.quiet_ms:g} ms otherwise.
- **Wave**: the potential on the axis of the strand {GEOMETRY.electrode_mm:g} mm beyond the epicardium, less its level
  before the stimulus, in mV/mm² of arbitrary scale, from {FIRST_MS:g} to {LAST_MS:g} ms after the stimulus, each
  {STEP_MS:g} ms, in steps of {UNIT:g}. `marks_ms`: when the first and the last node were activated (through -20 mV),
  and repolarised (through -40 mV).
- Against the reference strand from 2.5 to 9 mM (`benchmarks/cell_model.py`): T amplitude and slope / amplitude within
  0.6 %, width within 0.1 ms, QT within 1.2 ms, transmural time within 0.8 ms.

## Measured

Of the {count // len(arrays.phi):,} combinations of the other axes, with each step of potassium

- the width of T at half its height falls in {falling_share(features["t_fwhm_ms"]):.1%},
- the time of the fall of T to a tenth falls in {falling_share(features["qt10_ms"][: at_7 + 1]):.1%} up to 7 mM, and in
  {falling_share(features["qt10_ms"]):.1%} up to the highest level, where the wall is activated late.

The median time from the activation of the first node to that of the last is {transmural_ms[at_4]:.1f} ms at 4 mM,
{transmural_ms[at_6]:.1f} at 6, {transmural_ms[at_7]:.1f} at 7 and {transmural_ms[-1]:.1f} at the highest level.
All nodes of all strands are activated and repolarise: {"yes" if np.isfinite(arrays.marks_ms).all() else "no"}.

Calcium, from its lowest to its highest level, changes the height of T more than potassium from 4 to 7 mM does in
{calcium_share(features["t_amplitude"], (at_4, at_7)):.1%} of the combinations, and slope / height in
{calcium_share(features["slope_over_amplitude_per_s"], (at_4, at_7)):.1%}.

{len(between.width_ms)} strands drawn between the levels of all axes but the wall (seed {seed}), interpolated less
simulated:

| | median of the absolute error | 95 % below | largest |
| --- | --- | --- | --- |
| T amplitude, % | {_errors(between.amplitude_percent)} |
| T width at half height, ms | {_errors(between.width_ms)} |
| time of the fall to a tenth, ms | {_errors(between.end_ms)} |

Largest deflection, mV/mm², and width at half height, ms, with the other axes in the middle:

{_effects(arrays, features["t_fwhm_ms"])}

## Limits

- **More calcium lengthens the action potential here and less shortens it; in patients it is the other way round.**
  Take the height and the shape of T along the calcium axis, not its QT.
- T grows with potassium up to about 7 mM and falls beyond, by far less than in patients with hyperkalaemia.
- At 9 mM and 600 ms activation is slow enough to flatten T, and its end is still seen in the first 20 ms of the wave.
  Cells at uniform potassium do not show block, loss of P or the sine wave.
- From 1000 to 600 ms QT shortens by about 2 %; by Fridericia's cube root it would by 16 %.
- Calcium is that outside the cells of the model, whose normal is 2 mM; it is no laboratory value.
"""


def _levels(arrays: TemplateArrays) -> str:
    return "\n".join(f"| {AXES[name]} | {', '.join(map(_short, levels))} |" for name, levels in arrays.levels.items())


def _short(level: float) -> str:
    return f"{level:.3g}" if level < 100 else f"{level:.0f}"


def _errors(values: Float[np.ndarray, " strand"]) -> str:
    size = np.abs(values)
    return f"{np.median(size):.2f} | {np.quantile(size, 0.95):.2f} | {size.max():.2f}"


def _effects(arrays: TemplateArrays, widths: Float[np.ndarray, "*place"]) -> str:
    """Lowest and highest level of each axis; potassium in the middle is the level below 5 mM."""
    heights = arrays.phi.max(axis=-1)
    middle = [len(levels) // 2 for levels in arrays.levels.values()]
    middle[0] = int(np.searchsorted(arrays.levels["potassium_mm"], 5.0)) - 1
    rows = ["| axis | lowest | height | width | highest | height | width |", "| --- " * 7 + "|"]
    for axis, (name, levels) in enumerate(arrays.levels.items()):
        ends = [(*middle[:axis], end, *middle[axis + 1 :]) for end in (0, len(levels) - 1)]
        cells = [
            f"{_short(level)} | {heights[end]:.4f} | {widths[end]:.1f}"
            for level, end in zip((levels[0], levels[-1]), ends, strict=True)
        ]
        rows.append(f"| {AXES[name]} | {' | '.join(cells)} |")
    return "\n".join(rows)
