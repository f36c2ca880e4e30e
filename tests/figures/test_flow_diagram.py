from kalemia.cohorts.flow import Excluded, FlowStep
from kalemia.figures.flow_diagram import flow_diagram
from kalemia.figures.style import save

STEPS = (
    FlowStep("Rows of the manifest", 1200, 800),
    FlowStep(
        "ECGs with a potassium", 1100, 750, (Excluded("no potassium", 70, 60), Excluded("a long reason " * 9, 30, 9))
    ),
    FlowStep("the same", 1100, 750),
    FlowStep("ECGs in the cohort", 1, 1, (Excluded("cannot be read", 1099, 749),)),
)


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_all_numbers_and_reasons_stand_in_it(tmp_path):
    figure = flow_diagram(STEPS)
    shown = texts(figure)
    for wanted in ("n = 1,200 (800 patients)", "n = 1 (1 patient)", "no potassium", "100", "70", "1,099", "left out"):
        assert wanted in shown
    save(figure, tmp_path / "flow.svg")


def test_nothing_stands_outside_its_box():
    figure = flow_diagram(STEPS)
    axes = figure.axes[0]
    boxes = [patch.get_window_extent() for patch in axes.patches]
    figure.draw_without_rendering()
    for text in axes.texts:
        if not text.get_text():
            continue  # an arrow
        extent = text.get_window_extent()
        assert any(
            box.x0 <= extent.x0 and extent.x1 <= box.x1 and box.y0 <= extent.y0 and extent.y1 <= box.y1 for box in boxes
        ), text.get_text()


def test_boxes_do_not_overlap():
    boxes = [patch.get_window_extent() for patch in flow_diagram(STEPS).axes[0].patches]
    assert len(boxes) == 6
    assert not any(one.overlaps(other) for place, one in enumerate(boxes) for other in boxes[:place])


def test_a_single_step(tmp_path):
    assert texts(flow_diagram(STEPS[:1])) == ["Rows of the manifest", "n = 1,200 (800 patients)"]
