"""A container is told by its control group how much memory it has, whatever the machine has."""

import pytest

from veil.adapters.machine_memory import PIXEL_BYTES, WORKER_BYTES, room_here


@pytest.fixture
def system(tmp_path):
    """Writes what a system tells of itself, by path, and returns where."""

    def tells(**files):
        for path, text in files.items():
            file = tmp_path / path.replace("__", "/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return tmp_path

    return tells


GIGABYTE = 1_000_000_000
IN_ONE = (GIGABYTE - WORKER_BYTES) // PIXEL_BYTES


def test_a_machine_without_limits_holds_what_its_own_memory_does(tmp_path):
    assert room_here(tmp_path) >= room_here() > 0


@pytest.mark.parametrize(
    "files",
    [
        {"proc__self__cgroup": "0::/\n", "sys__fs__cgroup__memory.max": f"{GIGABYTE}\n"},
        {"proc__self__cgroup": "0::/a/b\n", "sys__fs__cgroup__a__memory.max": f"{GIGABYTE}\n"},
        {"sys__fs__cgroup__memory__memory.limit_in_bytes": f"{GIGABYTE}\n"},
    ],
)
def test_the_least_limit_counts(files, system):
    unlimited = {"sys__fs__cgroup__a__b__memory.max": "max\n"}

    assert room_here(system(**unlimited, **files)) == IN_ONE


def test_a_container_that_is_too_small_for_a_worker_may_still_try_small_pictures(system):
    assert room_here(system(**{"sys__fs__cgroup__memory.max": "1000\n"})) == 1_000_000
