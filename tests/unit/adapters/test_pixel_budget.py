from threading import Event, Thread

import pytest

from veil.adapters.pixel_budget import PixelBudget


class Picture(Thread):
    """Somebody who works on a picture of so many pixels until told to end."""

    def __init__(self, budget, pixels):
        super().__init__(daemon=True)
        self.budget, self.pixels = budget, pixels
        self.begun, self.may_end = Event(), Event()
        self.start()

    def run(self):
        with self.budget.taken(self.pixels):
            self.begun.set()
            self.may_end.wait(10)

    def end(self):
        self.may_end.set()
        self.join(10)


def test_pictures_that_fit_together_are_worked_on_together():
    budget = PixelBudget(100)

    pictures = [Picture(budget, 50), Picture(budget, 50)]

    assert all(each.begun.wait(5) for each in pictures)
    for each in pictures:
        each.end()


def test_a_picture_that_does_not_fit_beside_another_waits_for_it():
    budget = PixelBudget(100)
    first = Picture(budget, 60)
    assert first.begun.wait(5)

    second = Picture(budget, 60)
    assert not second.begun.wait(0.1)
    first.end()

    assert second.begun.wait(5)
    second.end()


def test_a_picture_larger_than_the_budget_is_worked_on_alone():
    budget = PixelBudget(100)
    huge = Picture(budget, 1000)
    assert huge.begun.wait(5)

    small = Picture(budget, 1)
    assert not small.begun.wait(0.1)
    huge.end()

    assert small.begun.wait(5)
    small.end()


def test_work_that_breaks_gives_its_room_back():
    budget = PixelBudget(100)

    with pytest.raises(ZeroDivisionError), budget.taken(100):
        raise ZeroDivisionError

    last = Picture(budget, 100)
    assert last.begun.wait(5)
    last.end()
