import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalemia.errors import ConfigError
from kalemia.recording import STANDARD_LEADS
from kalemia.simulation.paper.layout import Layout, parse_layout

BLOCKS = st.sampled_from([(3, 4), (6, 2), (12, 1), (2, 6), (4, 3), (1, 12), (6, 1), (3, 2), (3, 1)])


@given(BLOCKS, st.lists(st.sampled_from(STANDARD_LEADS), max_size=4))
def test_reads_back_what_it_is_called(block, rhythm):
    rows, columns = block
    layout = parse_layout("+".join([f"{rows}x{columns}", *rhythm]))
    assert layout == Layout(rows, columns, tuple(rhythm))
    assert layout.lines == rows + len(rhythm)
    assert len(layout.block_leads(cabrera=True)) == rows * columns


@given(st.text(max_size=12))
def test_any_text_is_a_layout_or_a_config_error(text):
    try:
        layout = parse_layout(text)
    except ConfigError:
        return
    assert layout.lines > 0


def test_one_single_strip():
    assert parse_layout("1") == Layout(0, 0, ("II",))


def test_lead_names_in_any_spelling():
    assert parse_layout("3x4+avr+ii").rhythm == ("aVR", "II")


@pytest.mark.parametrize(
    ("text", "message"),
    [("3x5", "15 short leads"), ("0x4", "0 short leads"), ("3x4+V9", "unknown rhythm lead V9"), ("3 by 4", "as 3x4")],
)
def test_says_what_is_wrong(text, message):
    with pytest.raises(ConfigError, match=message):
        parse_layout(text)


def test_cabrera_begins_with_avl_and_turns_avr():
    leads = parse_layout("3x4").block_leads(cabrera=True)
    assert leads[:6] == ("aVL", "I", "-aVR", "II", "aVF", "III")
    assert leads[6:] == STANDARD_LEADS[6:]
