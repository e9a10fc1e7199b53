"""Packets of a file's streams in its order, with time stamps that go on rising where the file's begin anew.

MPEG streams have no index, and recordings that were put one behind the other, or that lost their source for a while,
count anew in mid-file.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
from av.container import InputContainer
from av.stream import Stream
from av.video.stream import VideoStream

from veil_vision.errors import DefectiveVideoError

# The demuxers of files that may count anew.
_COUNTS_ANEW = frozenset({"mpegts", "mpeg"})
# Seconds by which a stream goes back where it counts anew, and by which another may then begin later than the pictures.
_BACK, _LATER = 1, 1
# Encoders delay sound by less: 2,112 samples, twice as many where the upper half of the spectrum is told apart (SBR).
_MOST_DELAY = Fraction(1, 8)


if TYPE_CHECKING:
    Packet = av.Packet[Any]
else:  # it has type parameters in its stubs only
    Packet = av.Packet


def counts_anew(container: InputContainer) -> bool:
    """Tell whether a file is of a kind in which time stamps may begin anew."""
    return bool(_COUNTS_ANEW & {*container.format.name.split(",")})


def time_base_of(stream: VideoStream) -> Fraction:
    """Return the seconds of one unit of the stream's times.

    Raises:
        DefectiveVideoError: It does not tell.
    """
    if not stream.time_base:
        raise DefectiveVideoError("the video does not tell its time base")
    return stream.time_base


def packets_of(container: InputContainer, *streams: Stream) -> Iterator[Packet]:
    """Yield the packets of streams, and at the end an empty one of each.

    PyAV fails at packets of a stream that begins in mid-file, as MPEG streams may; it goes on behind them when asked
    again.
    """
    clock = _Clock() if counts_anew(container) else None
    while True:
        try:
            for packet in container.demux(*streams):
                if clock and packet.dts is not None:
                    clock.put_on(packet, packet.dts * packet.time_base)
                yield packet
        except IndexError:
            continue
        return


class ShownAudio:
    """The packets of audio that an edit list shows, and one before them for their decoder (its pre-roll).

    The first packets of most encoders only prepare what follows, and edit lists hide them. Without the last of them the
    next begins with a crackle. What somebody cut away is longer than that, and stays away.
    """

    def __init__(self) -> None:
        self._hidden: list[Packet] = []
        self._begun = False

    def of(self, packet: Packet) -> Iterator[Packet]:
        """Yield a packet if it is kept, after the one that prepares it."""
        if packet.dts is None:
            return
        if packet.is_discard:
            # The first tells how much is hidden, the last is kept.
            self._hidden = [] if self._begun else [*self._hidden[:1], packet]
            return
        if self._hidden and (packet.dts - (self._hidden[0].dts or 0)) * packet.time_base <= _MOST_DELAY:
            yield self._hidden[-1]
        self._hidden, self._begun = [], True
        yield packet


class _Clock:
    """Moves time stamps so that each stream goes on where it was, and the others as the pictures do, to stay together.

    The pictures' do not depend on whether anybody listens.
    """

    def __init__(self) -> None:
        self._next, self._moves = dict[int, Fraction](), dict[int, Fraction]()
        self._pictures_move = Fraction(0)

    def put_on(self, packet: Packet, time: Fraction) -> None:
        """Move the stamps of a packet that is to be decoded at a time, in seconds, as the file has it."""
        stream, shows = packet.stream.index, packet.stream.type == "video"
        move, expected = self._moves.get(stream, Fraction(0)), self._next.get(stream)
        if expected is not None and time + move < expected - _BACK:
            is_near = not shows and expected <= time + self._pictures_move <= expected + _LATER
            move = self._pictures_move if is_near else expected - time
            self._moves[stream] = move
            self._pictures_move = move if shows else self._pictures_move
        units = round(move / packet.time_base)
        packet.dts = None if packet.dts is None else packet.dts + units
        packet.pts = None if packet.pts is None else packet.pts + units
        self._next[stream] = time + move + (packet.duration or 0) * packet.time_base
