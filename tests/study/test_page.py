import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from kalemia.figures import style
from kalemia.study.blocks import Checklist, Details, Notice, Table
from kalemia.study.methods import methods
from kalemia.study.page import Section, report_page
from kalemia.study.pictures import Picture, png
from kalemia.study.tripod import checklist

HOSTILE = (
    "<script>alert(1)</script>\"'><img src=https://evil.example/x onerror=alert(1)>\n\u202e\x00$title ${notice} &lt;"
)
VOID = frozenset({"meta", "img", "br"})


class Page(HTMLParser):
    """Collects tags and text, and checks that tags close in order."""

    def __init__(self, text):
        super().__init__()
        self.seen, self.open, self.text = [], [], ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        assert len(dict(attrs)) == len(attrs), "an attribute stands twice"
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.text += data

    def all(self, tag):
        return [attrs for name, attrs in self.seen if name == tag]


def drawn():
    figure, axes = style.new_figure()
    axes.plot([0, 1])
    return figure


def build(name="a cohort", title="A study"):
    picture = Picture(style.svg(drawn()).encode(), f"A line for {name}", name, ("figures/a.png", "figures/a.csv"))
    table = Table(f"Errors of {name}", ["Model", name], [[name, "0.7"], ["b", "0.8"]], note=name)
    facts = {"cohort": name, "n_patients": "12", "n_recordings": "12", "patients": name, "data_hash": name}
    sections = [
        Section("results", name, [Notice(name), table, picture, Picture(png(drawn()), name, name)]),
        Section("more", "More", [Details(name, [table, picture])]),
        Section("methods", "Methods", methods(facts, {name: name})),
        Section("checklist", "TRIPOD+AI", [Checklist(name, checklist(facts))]),
    ]
    return report_page(title, f"Not a medical device: {name}", sections)


@pytest.fixture(scope="module")
def page():
    return build()


@pytest.fixture(scope="module")
def parsed(page):
    return Page(page)


def test_the_page_is_whole(page, parsed):
    assert page.startswith("<!doctype html>")
    assert parsed.all("html") == [{"lang": "en"}]
    assert "$" not in re.sub(r"base64,[^\"]+", "", page)


def test_the_page_asks_for_nothing(page, parsed):
    assert not parsed.all("script")
    assert not parsed.all("link")
    assert all(attrs["src"].startswith("data:image/") for attrs in parsed.all("img"))
    assert all(re.match(r"#|figures/", attrs["href"]) for attrs in parsed.all("a"))
    assert "http:" not in page
    assert "https:" not in page
    assert "url(" not in page
    assert "default-src 'none'" in parsed.all("meta")[2]["content"]


def test_sources_stand_as_text(parsed):
    assert "doi:10.1161/CIRCULATIONAHA.106.180200" in parsed.text
    assert not any("doi" in attrs["href"] for attrs in parsed.all("a"))


def test_links_lead_somewhere(parsed):
    ids = [attrs["id"] for _, attrs in parsed.seen if "id" in attrs]
    assert len(set(ids)) == len(ids)
    assert {attrs["href"][1:] for attrs in parsed.all("a") if attrs["href"].startswith("#")} <= set(ids)
    assert {attrs[key] for _, attrs in parsed.seen for key in attrs if key == "aria-labelledby"} <= set(ids)


def test_the_contents_name_every_section(parsed):
    links = [attrs["href"] for attrs in parsed.all("a")]
    assert [link for link in links if link.count("_") == 0 and link[0] == "#"] == [
        "#results",
        "#more",
        "#methods",
        "#checklist",
    ]


def test_headings_go_down_by_one(parsed):
    levels = [int(tag[1]) for tag, _ in parsed.seen if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_tables_and_pictures_can_be_read_without_seeing_them(parsed):
    assert all(attrs.get("alt") for attrs in parsed.all("img"))
    assert len(parsed.all("caption")) == len(parsed.all("table")) == 3
    assert all(attrs.get("scope") for attrs in parsed.all("th"))
    regions = [attrs for _, attrs in parsed.seen if attrs.get("role") == "region"]
    assert all(attrs["tabindex"] == "0" and attrs["aria-labelledby"] for attrs in regions)


def test_figures_and_tables_are_numbered_through(parsed):
    assert re.findall(r"Figure \d", parsed.text) == ["Figure 1", "Figure 2", "Figure 3"]
    assert re.findall(r"Table \d", parsed.text) == ["Table 1", "Table 2", "Table 3"]


def test_hostile_names_stay_text(parsed):
    hostile = Page(build(HOSTILE, HOSTILE))
    assert [tag for tag, _ in hostile.seen] == [tag for tag, _ in parsed.seen]
    assert {key for _, attrs in hostile.seen for key in attrs} == {key for _, attrs in parsed.seen for key in attrs}
    shown = HOSTILE.replace("\u202e", "\ufffd").replace("\x00", "\ufffd")
    assert hostile.text.count(shown) > 10
    assert all(attrs["src"].startswith("data:image/") for attrs in hostile.all("img"))


def test_a_page_without_sections_is_a_page():
    assert "Not yet" in Page(report_page("A study", "Not yet", [])).text


@pytest.mark.parametrize("name", ["", "A", "1a", "a b", 'a"', "a_b", "ä"])
def test_an_id_that_is_none_is_refused(name):
    with pytest.raises(ValueError, match="no id of a section"):
        Section(name, "Title", [])


def test_two_sections_of_one_id_are_refused():
    with pytest.raises(ValueError, match="two sections are called a"):
        report_page("A study", "", [Section("a", "A", []), Section("a", "B", [])])


def luminance(colour):
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_stands_out_from_what_it_lies_on(page, scheme):
    """WCAG 2.1, success criterion 1.4.3 (AA): at least 4.5 to 1."""
    definition = re.findall(r":root \{([^}]+)\}", page)[scheme]
    colours = {
        name: luminance([int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)])
        for name, digits in re.findall(r"--([a-z-]+): #([0-9a-f]{6})", definition)
    }
    grounds = ("paper", "card", "alert", "yes", "part", "open")
    pairs = [("ink", ground) for ground in grounds] + [
        (on, ground) for on in ("soft", "link") for ground in grounds[:2]
    ]
    for text, ground in pairs:
        high, low = sorted((colours[text], colours[ground]), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5, (text, ground)
