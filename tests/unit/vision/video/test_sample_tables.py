"""A small file cannot ask for gigabytes of memory by what it tells of its samples."""

from struct import pack

import av
import numpy as np
import pytest

from veil_vision.errors import UnsupportedVideoError, VideoTooLargeError
from veil_vision.video import sample_tables
from veil_vision.video.probe import probe
from veil_vision.video.sample_tables import MOST_EDITED, MOST_OF_ONE_SIZE, require_few_samples

TOO_MANY = MOST_OF_ONE_SIZE + 1


def atom(kind, *parts):
    body = b"".join(parts)
    return pack(">I4s", len(body) + 8, kind) + body


def sizes(samples, *, of_each=1):
    return atom(b"stsz", pack(">III", 0, of_each, samples))


def times(samples, *, of_each=1):
    return atom(b"stts", pack(">IIII", 0, 1, samples, of_each))


def track(*tables, handler=b"vide"):
    return atom(b"trak", atom(b"hdlr", bytes(8), handler), *tables)


def edits(number):
    return atom(b"elst", pack(">II", 0, number), bytes(12 * number))


@pytest.fixture
def file(tmp_path):
    """Builds a file with these atoms in its description."""

    def build(*atoms, beside=()):
        path = tmp_path / "video.mp4"
        path.write_bytes(atom(b"ftyp", b"isom", bytes(4)) + atom(b"moov", *atoms) + b"".join(beside))
        return path

    return build


@pytest.mark.parametrize(
    "tables",
    [
        (track(sizes(TOO_MANY)),),
        (track(sizes(TOO_MANY // 2 + 1)), track(sizes(TOO_MANY // 2 + 1))),
        (atom(b"udta", track(sizes(TOO_MANY))),),
        (track(atom(b"stz2", bytes(7), b"\4", pack(">I", TOO_MANY))),),
        (atom(b"traf", atom(b"trun", pack(">II", 0, TOO_MANY))),),
        (track(sizes(TOO_MANY), times(TOO_MANY)),),
        (track(sizes(TOO_MANY), times(TOO_MANY, of_each=2), handler=b"soun"),),
        (track(sizes(TOO_MANY), times(TOO_MANY), atom(b"hdlr", bytes(8), b"vide"), handler=b"soun"),),
        (track(atom(b"trak", sizes(TOO_MANY), times(TOO_MANY)), handler=b"soun"),),
        (track(sizes(MOST_EDITED // 1000 + 1, of_each=0), edits(1000)),),
    ],
)
def test_more_samples_than_memory_has_room_for_are_refused(tables, file):
    with pytest.raises(VideoTooLargeError):
        require_few_samples(file(*tables))


@pytest.mark.parametrize(
    "tables",
    [
        (track(sizes(MOST_OF_ONE_SIZE)),),
        (track(sizes(TOO_MANY, of_each=0)),),
        (track(atom(b"trun", pack(">II", 0x200, TOO_MANY))),),
        (track(sizes(TOO_MANY, of_each=4), times(TOO_MANY), handler=b"soun"),),
        (track(sizes(MOST_EDITED, of_each=0), edits(4)),),
    ],
)
def test_what_costs_the_file_bytes_of_its_own_or_ffmpeg_none_is_taken(tables, file):
    require_few_samples(file(*tables))


@pytest.mark.parametrize(
    "beside",
    [
        atom(b"moof", atom(b"traf", atom(b"trun", pack(">II", 0, TOO_MANY)))),
        sizes(TOO_MANY),
        atom(b"free", pack(">I4s", 8, b"mvhd"), track(sizes(TOO_MANY))),
        pack(">I4s", 0, b"moov") + track(sizes(TOO_MANY)),
        pack(">I4sQ", 1, b"moov", 1 << 40) + track(sizes(TOO_MANY)),
    ],
)
def test_they_are_counted_wherever_ffmpeg_looks_for_them(beside, file):
    with pytest.raises(VideoTooLargeError):
        require_few_samples(file(beside=[atom(b"uuid", bytes(16)), beside]))


@pytest.mark.parametrize(
    "beside",
    [
        atom(b"mdat", track(sizes(TOO_MANY))),
        atom(b"free", track(sizes(TOO_MANY))),
        atom(b"inst", track(sizes(TOO_MANY))),
        pack(">I4s", 7, b"moov") + track(sizes(TOO_MANY)),
    ],
)
def test_what_ffmpeg_passes_over_counts_for_nothing(beside, file):
    require_few_samples(file(beside=[beside]))


def test_a_compressed_description_is_not_read(file):
    with pytest.raises(UnsupportedVideoError):
        require_few_samples(file(atom(b"cmov", bytes(100))))


def test_sound_without_coding_is_no_table_of_samples(tmp_path, monkeypatch):
    with av.open(str(tmp_path / "ride.mov"), "w") as out:
        stream = out.add_stream("pcm_s16le", rate=48000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4800), np.int16), format="s16", layout="mono")
        frame.sample_rate = 48000
        out.mux(stream.encode(frame))
    monkeypatch.setattr(sample_tables, "MOST_OF_ONE_SIZE", 100)

    require_few_samples(tmp_path / "ride.mov")


def test_the_first_look_at_a_video_refuses_it(file):
    with pytest.raises(VideoTooLargeError, match="more samples"):
        probe(file(track(sizes(TOO_MANY))))
