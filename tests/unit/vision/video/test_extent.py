"""A file that was cut off is told by the sizes in it, and none that is whole is taken for one."""

import os
import re
from struct import pack

import av
import pytest

from tests import clips
from veil_vision.errors import DefectiveVideoError
from veil_vision.video.extent import Extent, extent_of
from veil_vision.video.reader import read_frames
from veil_vision.video.segments import read_segment, segments_of

FRAMES = 60
OPTIONS = {"g": "10", "bf": "0"}
TAILS = {"nothing": b"", "zeros": bytes(5000), "a tag": b"TAG" + b"x" * 125, "anything": bytes(range(256)) * 8}
FRAGMENTS = {"movflags": "frag_keyframe+empty_moov"}


class Pipe:
    """What cannot be written at a place that lies behind, as a connection."""

    def __init__(self, path):
        self._file = path.open("wb")

    def write(self, data):
        return self._file.write(data)

    def close(self):
        self._file.close()


def remuxed(clip, target, container, *, live=False, options=None):
    """Write the streams of a clip into a file of another kind, and return its path."""
    pipe = Pipe(target) if live else None
    with (
        av.open(str(clip)) as source,
        av.open(pipe or str(target), "w", format=container, container_options=options or {}) as out,
    ):
        streams = {each.index: out.add_stream_from_template(each) for each in source.streams}
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                out.mux(packet)
    if pipe:
        pipe.close()
    return target


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Files of kinds that tell their sizes, by what they are."""
    folder = tmp_path_factory.mktemp("files")
    clip = clips.make_clip(folder / "a.mp4", frames=FRAMES, options=OPTIONS, audio="aac")
    mute = clips.make_clip(folder / "b.mp4", frames=FRAMES, options=OPTIONS)
    old = clips.make_clip(folder / "c.avi", codec="mpeg4", frames=FRAMES, audio="mp2")
    return {
        "Matroska": remuxed(clip, folder / "a.mkv", "matroska"),
        "index first": remuxed(clip, folder / "b.mkv", "matroska", options={"cues_to_front": "1"}),
        "small clusters": remuxed(mute, folder / "c.mkv", "matroska", options={"cluster_time_limit": "200"}),
        "live": remuxed(clip, folder / "d.mkv", "matroska", live=True),
        "live, open clusters": open_clusters(remuxed(mute, folder / "e.mkv", "matroska", live=True)),
        "WebM": clips.make_clip(folder / "a.webm", codec="libvpx-vp9", frames=FRAMES, audio="libopus"),
        "AVI": old,
        "live AVI": remuxed(old, folder / "d.avi", "avi", live=True),
        "fragments": remuxed(mute, folder / "d.mp4", "mp4", options=FRAGMENTS),
        "live fragments": remuxed(clip, folder / "e.mp4", "mp4", live=True, options=FRAGMENTS),
    }


def open_clusters(file):
    """Leave the size of each cluster of a file open."""
    content = bytearray(file.read_bytes())
    for found in re.finditer(b"\x1f\x43\xb6\x75", bytes(content)):
        length = 9 - content[found.end()].bit_length()
        content[found.end() : found.end() + length] = ((1 << 7 * length + 1) - 1).to_bytes(length)
    file.write_bytes(content)
    return file


KINDS = [
    "Matroska", "index first", "small clusters", "live", "live, open clusters", "WebM", "AVI", "live AVI", "fragments",
    "live fragments",
]  # fmt: skip


@pytest.mark.parametrize("tail", TAILS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_file_is_read_whatever_lies_behind_it(files, tmp_path, kind, tail):
    file = tmp_path / "whole"
    file.write_bytes(files[kind].read_bytes() + TAILS[tail])

    assert extent_of(file) is not Extent.CUT_OFF
    assert len(list(read_frames(file))) == FRAMES


@pytest.mark.parametrize("share", [0.96, 0.93, 0.8, 0.56])
@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_was_cut_off_fails_however_little_it_is(files, tmp_path, kind, share):
    content = files[kind].read_bytes()
    file = tmp_path / "cut"
    file.write_bytes(content[: round(share * len(content))])

    with pytest.raises(DefectiveVideoError, match="too early"):
        list(read_frames(file))
    assert 0 < len(list(read_frames(file, conceal=True))) <= FRAMES


def test_a_segment_of_a_file_that_was_cut_off_fails_before_it_is_decoded(files, tmp_path):
    content = files["small clusters"].read_bytes()
    file = tmp_path / "cut"
    file.write_bytes(content[:-400])
    first = segments_of(file, 0.4)[0]
    assert first.end is not None

    with pytest.raises(DefectiveVideoError, match="too early"):
        next(read_segment(file, first))
    assert len(list(read_segment(file, first, conceal=True))) == len(first.times)


@pytest.mark.parametrize(("lost", "extent"), [(0, Extent.WHOLE), (1, Extent.CUT_OFF), (2, Extent.CUT_OFF)])
def test_a_further_part_of_a_large_avi_file_that_is_missing_is_told_by_its_index(tmp_path, lost, extent):
    parts = [riff(b"AVIX", [chunk(b"LIST", b"movi" + chunk(b"00dc", bytes(40)))]) for _ in range(3)]
    ends = [200 + sum(map(len, parts[: number + 1])) for number in range(3)]
    entries = b"".join(pack("<QII", end - 50, 50, 1) for end in ends)
    index = chunk(b"indx", pack("<HBBI4s12x", 4, 0, 0, 3, b"00dc") + entries)
    head = chunk(b"LIST", b"hdrl" + chunk(b"LIST", b"strl" + index))
    first = riff(b"AVI ", [head, chunk(b"JUNK", bytes(200 - 20 - len(head)))])
    assert len(first) == 200
    file = tmp_path / "a.avi"
    file.write_bytes(first + b"".join(parts[: 3 - lost]))

    assert extent_of(file) is extent


def riff(kind, chunks):
    return chunk(b"RIFF", kind + b"".join(chunks))


def chunk(name, body):
    return name + pack("<I", len(body)) + body


def test_a_fragment_that_an_index_names_and_is_missing_is_told(files, tmp_path):
    indexed = remuxed(files["fragments"], tmp_path / "a.mp4", "mp4", options={"movflags": "dash+frag_keyframe"})
    assert extent_of(indexed) is not Extent.CUT_OFF
    content = indexed.read_bytes()
    last = content.rindex(b"moof") - 4
    indexed.write_bytes(content[:last])

    assert extent_of(indexed) is Extent.CUT_OFF


@pytest.mark.parametrize("kind", ["live, open clusters", "live AVI", "live fragments"])
def test_nobody_looks_at_more_parts_than_a_recording_has(files, tmp_path, monkeypatch, kind):
    file = tmp_path / "cut"
    file.write_bytes(files[kind].read_bytes()[:-700])
    monkeypatch.setattr("veil_vision.video.extent._MOST_PARTS", 8)
    looked_at_some = extent_of(file)
    monkeypatch.undo()
    os.utime(file, (0, 0))

    assert (looked_at_some, extent_of(file)) == (Extent.OPEN, Extent.CUT_OFF)


def test_a_file_that_grows_is_told_anew(files, tmp_path):
    content = files["Matroska"].read_bytes()
    file = tmp_path / "growing"
    file.write_bytes(content[:-500])
    before = extent_of(file)
    file.write_bytes(content)

    assert (before, extent_of(file)) == (Extent.CUT_OFF, Extent.WHOLE)
