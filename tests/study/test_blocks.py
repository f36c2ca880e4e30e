from collections import Counter

import pytest

from kalemia.study.blocks import BADGES, Checklist, Details, Notice, Paragraph, Table, plain
from kalemia.study.tripod import Item, checklist


def html(block):
    return block.html(Counter())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<script>alert('x')</script>", "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;"),
        ('a" onload="b', "a&quot; onload=&quot;b"),
        ("two\nlines\tand &amp;", "two\nlines\tand &amp;amp;"),
        ("\u202eturned\u2066\u2069", "\ufffdturned\ufffd\ufffd"),
        ("nul\x00 bell\x07 esc\x1b", "nul\ufffd bell\ufffd esc\ufffd"),
        ("half\ud800 none\uffff", "half\ufffd none\ufffd"),
        ("שלום\u200f 위주 🫀", "שלום\u200f 위주 🫀"),
    ],
)
def test_text_stays_text(text, shown):
    assert plain(text) == shown
    plain(text).encode()


@pytest.mark.parametrize(
    ("cells", "is_number"),
    [
        (["0.71 (0.68 to 0.74)", "–"], True),
        (["−0.02", "+0.1", ""], True),
        (["< 4.0", "83 %", "12 of 30", "1,567", "[0.1, 0.2]", "0.1 ± 0.2"], True),
        (["5-fold", "4"], False),
        (["to", "of"], False),
        (["–", "–"], False),
        (["12 ms"], False),
        ([""], False),
    ],
)
def test_columns_of_numbers_stand_to_the_right(cells, is_number):
    table = html(Table("Caption", ["", "value"], [["a", cell] for cell in cells]))
    assert table.count('<td class="number">') == is_number * len(cells)
    assert ('<th scope="col" class="number">value' in table) == is_number


def test_the_first_column_names_the_rows():
    table = html(Table("Caption", ["Range", "n"], [["4.0-5.0", "3"]]))
    assert '<tr><th scope="row">4.0-5.0</th><td class="number">3</td></tr>' in table
    assert '<th scope="col">Range</th>' in table


def test_an_empty_table_says_so():
    assert '<td colspan="2">There is nothing to show.</td>' in html(Table("Caption", ["a", "b"], []))


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="a row of 1 cells under 2 columns"):
        Table("Caption", ["a", "b"], [["a", "b"], ["a"]])


def test_tables_are_numbered_also_within_details():
    table = Table("Caption", ["a"], [["b"]])
    page = html(Details("More", [table, Details("Still more", [table])]))
    assert "<b>Table 1.</b>" in page
    assert "<b>Table 2.</b>" in page


def test_a_paragraph_has_a_heading_where_it_has_one():
    assert html(Paragraph("Text & more")) == "<p>Text &amp; more</p>"
    assert html(Paragraph("Text", "Head")) == "<h3>Head</h3>\n<p>Text</p>"


def test_a_notice_is_one():
    assert html(Notice("<b>")) == '<p class="notice" role="note">&lt;b&gt;</p>'


def test_the_status_of_an_item_is_told_by_word_and_sign_as_well():
    page = html(Checklist("Caption", checklist({"outcome": "potassium"})))
    for status, (sign, _) in BADGES.items():
        assert f'aria-hidden="true">{sign}</span> {status}' in page


def test_what_is_left_to_the_author_is_said():
    items = [
        Item("1", "Title", "Title", "Asks.", "in part", "Said <here>.", "add the rest"),
        Item("2", "Abstract", "Abstract", "Asks.", "author"),
    ]
    page = html(Checklist("Caption", items))
    assert "Said &lt;here&gt;. <em>Author: Add the rest.</em>" in page
    assert "<em>To be written by the author.</em>" in page
    assert page.count('scope="rowgroup"') == 2
