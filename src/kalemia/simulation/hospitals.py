"""Two hospitals: what their electrocardiographs do to a signal, and who comes to them.

A model that was made in one is tried in the other. A is the one in which models learn.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kalemia.errors import ConfigError


@dataclass(frozen=True)
class Hospital:
    """Devices, noise and patients of a hospital.

    Attributes:
        name: as on the command line.
        mains_hz: mains frequencies, equally common.
        resolutions_mv: least significant bits of its devices, equally common.
        low_pass_hz, low_pass_shares: corner frequencies of the low-pass, and the share of recordings with each.
        high_pass_hz, high_pass_shares: the same of the high-pass.
        gain_sd: of the devices' gain about `gain_mean`.
        gain_mean: 1 where calibration is true.
        wander_mv, muscle_mv, hum_mv: median sizes of baseline wander, muscle noise and mains hum.
        step_share, glitch_share: of recordings with a jump of the baseline, and with a spike of motion.
        confounder_factors: on the share of patients with a confounder, by its name.
        atrial_fibrillation_factor: on the share of patients with atrial fibrillation.
        source: where the numbers come from.
    """

    name: str
    mains_hz: tuple[float, ...]
    resolutions_mv: tuple[float, ...]
    low_pass_hz: tuple[float, ...]
    low_pass_shares: tuple[float, ...]
    high_pass_hz: tuple[float, ...]
    high_pass_shares: tuple[float, ...]
    gain_sd: float
    gain_mean: float
    wander_mv: float
    muscle_mv: float
    hum_mv: float
    step_share: float
    glitch_share: float
    source: str
    confounder_factors: Mapping[str, float] = field(default_factory=dict)
    atrial_fibrillation_factor: float = 1.0


HOSPITAL_A = Hospital(
    name="A",
    mains_hz=(50.0, 60.0),
    resolutions_mv=(0.001, 0.0025, 0.00488, 0.005),
    low_pass_hz=(40.0, 100.0, 150.0),
    low_pass_shares=(0.15, 0.30, 0.55),
    high_pass_hz=(0.05, 0.15, 0.5),
    high_pass_shares=(0.7, 0.2, 0.1),
    gain_sd=0.015,
    gain_mean=1.0,
    wander_mv=0.050,
    muscle_mv=0.0085,
    hum_mv=0.002,
    step_share=0.04,
    glitch_share=0.02,
    source="noise as in lead II of PTB-XL (Wagner et al. 2020); settings of common devices, shares chosen",
)
HOSPITAL_B = Hospital(
    name="B",
    mains_hz=(60.0,),
    resolutions_mv=(0.00488, 0.010),
    low_pass_hz=(25.0, 40.0, 150.0),
    low_pass_shares=(0.05, 0.65, 0.30),
    high_pass_hz=(0.05, 0.15, 0.5),
    high_pass_shares=(0.25, 0.20, 0.55),
    gain_sd=0.020,
    gain_mean=0.985,
    wander_mv=0.070,
    muscle_mv=0.0130,
    hum_mv=0.005,
    step_share=0.08,
    glitch_share=0.04,
    source="chosen to differ: a ward's older devices in monitor mode (0.5 to 40 Hz), coarser and noisier, still within "
    "the 5 % of gain that IEC 60601-2-25 allows; older, sicker hearts",
    confounder_factors={
        "lbbb": 1.5,
        "paced": 2.0,
        "lvh_strain": 1.3,
        "ischaemia_st_down": 1.3,
        "early_repolarisation": 0.6,
    },
    atrial_fibrillation_factor=1.6,
)
HOSPITALS: dict[str, Hospital] = {hospital.name: hospital for hospital in (HOSPITAL_A, HOSPITAL_B)}


def hospital_named(name: str) -> Hospital:
    """The hospital of a name.

    Raises:
        ConfigError: there is none.
    """
    if name not in HOSPITALS:
        raise ConfigError(f"no hospital {name!r}; there are {', '.join(HOSPITALS)}")
    return HOSPITALS[name]
