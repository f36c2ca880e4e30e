import numpy as np

from kalemia.cohorts import Cohort
from kalemia.cohorts.writing import new_cohort
from kalemia.recording import Recording


def test_patients_who_share_a_dead_lead_are_not_one_patient(cohort, set_up, tmp_path):
    """Flat lines are alike, whoever's they are."""
    index = np.flatnonzero(cohort.column("is_index"))
    flat = Recording(np.zeros((1, 5000)), 500.0, ("II",))
    own = {"minutes_from_lab": 0.0, "source": "ward", "potassium": 5.0}
    with new_cohort(tmp_path / "ward", {"source": "ward"}) as writer:
        for row, recording in cohort.recordings(index[:30]):
            writer.add(recording, {"recording_id": f"{row}", "patient_id": f"p{row}", **own})
            writer.add(flat, {"recording_id": f"{row} flat", "patient_id": f"p{row}", **own})
    bench, _ = set_up(Cohort.open(tmp_path / "ward"), recordings="all")
    assert len(np.unique(bench.design.groups)) == 30
    assert len(bench.inputs.left_out) >= 30
