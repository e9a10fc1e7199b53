"""The page as a browser reads it."""

import re
from html.parser import HTMLParser

import pytest

from veil_vision.evaluation.datasets import Problem
from veil_vision.evaluation.error_gallery import ErrorCrop, Mistake
from veil_vision.evaluation.metrics import Tally
from veil_vision.evaluation.report_page import report_page
from veil_vision.evaluation.sizes import DEFAULT_EDGES
from veil_vision.geometry.object_classes import ObjectClass

NASTY = "<script>alert(1)</script>&\"'$x ü.jpg"
VOID = {"meta", "img", "br"}


class Page(HTMLParser):
    """Collects what a page holds, and refuses tags that do not close."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.text, self.open = [], "", []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def all(self, tag, name):
        return [attributes[name] for each, attributes in self.tags if each == tag and name in attributes]


def error_crop(number, mistake=Mistake.MISS, photo="a.jpg", object_class=ObjectClass.FACE):
    return ErrorCrop(f"pictures/{number:06}.jpg", number, photo, mistake, object_class, 14.4, 0.25, "boxes.csv, line 3")


@pytest.fixture
def page():
    tally = Tally([ObjectClass.FACE], DEFAULT_EDGES)
    tally.add(Problem(NASTY, NASTY))
    error_crops = [error_crop(1, photo=NASTY), error_crop(2), error_crop(3, Mistake.FALSE)]
    return Page(report_page(tally.evaluation(), error_crops, {"dataset": NASTY}))


def test_names_are_shown_as_they_are_and_never_obeyed(page):
    assert len(page.all("script", "src")) == 0
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert page.text.count(NASTY) == 4
    assert NASTY in page.all("img", "alt")[0]


def test_it_loads_nothing_but_the_pictures_beside_it(page):
    places = [*page.all("img", "src"), *page.all("a", "href"), *page.all("link", "href")]

    assert all(place.startswith(("pictures/", "#")) for place in places)
    (policy,) = [content for content in page.all("meta", "content") if "default-src" in content]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert re.findall(r"https?://", policy) == []


def test_every_picture_leads_to_the_one_before_and_after_it(page):
    links = [attributes for tag, attributes in page.tags if tag == "a" and "class" in attributes]

    ids = page.all("figure", "id")
    by_class = {name: [a["href"] for a in links if a["class"] == name] for name in ("previous", "next", "close")}
    assert ids == ["m0", "m1", "m2"]
    assert by_class["next"] == ["#m1", "#m2", "#m0"]
    assert by_class["previous"] == ["#m2", "#m0", "#m1"]
    assert {each[1:] for each in by_class["close"]} <= set(page.all("h2", "id"))


def test_it_says_what_it_holds_and_that_its_pictures_are_not_anonymized(page):
    assert "not anonymized" in page.text
    assert "face: 2 missed" in page.text
    assert "face: 1 false regions" in page.text
    assert "14 px · 25.0% hidden · boxes.csv, line 3" in page.text
    assert "Left out: 1" in page.text
