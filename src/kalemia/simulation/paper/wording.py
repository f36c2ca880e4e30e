"""What stands at the top and the bottom of a page: invented patients, and the scales as makers spell them."""

import numpy as np

FOOTERS = (
    "{speed} mm/s   {gain} mm/mV   0.05-150 Hz",
    "{speed}mm/s  {gain}mm/mV  100Hz",
    "{speed}mm/sec   {gain}mm/mV",
    "{speed} mm/sec  {gain} mm/mV  ~0.15-40 Hz",
    "Speed: {speed} mm/sec    Limb: {gain} mm/mV    Chest: {gain} mm/mV",
    "Speed: {speed} mm/s  Limb: {gain} mm/mV  Chest: {gain} mm/mV  F 50~ 0.5-100 Hz W",
    "{gain} mm/mV  {speed} mm/s  Filter: H50 d 35 Hz",
    "{speed} mm/s 1:1 {gain} mm/mV AC 50 Hz",
    "",
)

_FAMILY_NAMES = ("Example", "Muster", "Sample", "Ejemplo", "Exemple", "Specimen", "Test", "Demo")
_GIVEN_NAMES = ("Alex", "Robin", "Kim", "Sascha", "Toni", "Dominique", "Andrea", "Noor")
_DATES = ("{day:02d}-{name}-{year} {hour:02d}:{minute:02d}", "{day:02d}.{month:02d}.{year} {hour:02d}:{minute:02d}")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_STATEMENTS = ("Sinus rhythm", "Normal ECG", "Abnormal ECG", "Nonspecific T wave abnormality", "Unconfirmed report")


def invented_header(rng: np.random.Generator) -> tuple[str, ...]:
    """Name, number, date, intervals and sometimes statements of nobody, or nothing at all."""
    lines = (_person(rng), _date(rng), _intervals(rng), "   ".join(rng.choice(_STATEMENTS, 2, replace=False)))
    return lines[: rng.integers(0, len(lines) + 1)]


def _person(rng: np.random.Generator) -> str:
    name = f"{rng.choice(_FAMILY_NAMES)}, {rng.choice(_GIVEN_NAMES)}"
    return f"{name}   ID: {rng.integers(10_000, 10_000_000)}   {rng.integers(18, 95)} years"


def _date(rng: np.random.Generator) -> str:
    month = int(rng.integers(12))
    return str(rng.choice(_DATES)).format(
        day=int(rng.integers(1, 29)),
        month=month + 1,
        name=_MONTHS[month],
        year=int(rng.integers(1998, 2026)),
        hour=int(rng.integers(24)),
        minute=int(rng.integers(60)),
    )


def _intervals(rng: np.random.Generator) -> str:
    rate, pr, qrs = rng.integers(45, 120), rng.integers(120, 220), rng.integers(74, 140)
    qt = rng.integers(340, 460)
    return f"Vent. rate {rate} BPM   PR {pr} ms   QRS {qrs} ms   QT/QTc {qt}/{qt + rng.integers(0, 50)} ms"
