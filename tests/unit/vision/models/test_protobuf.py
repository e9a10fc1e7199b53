"""The wire format, against messages that the library of Protocol Buffers writes."""

from google.protobuf import descriptor_pb2
from hypothesis import given
from hypothesis import strategies as st

from veil_vision.models.protobuf import BYTES, VARINT, Field, change, fields_of, message_of

NUMBERS = st.integers(min_value=1, max_value=2**29 - 1)
OF_ANY_KIND = st.one_of(
    st.builds(Field, NUMBERS, st.just(BYTES), st.binary(max_size=300)),
    st.builds(Field, NUMBERS, st.just(1), st.binary(min_size=8, max_size=8)),
    st.builds(Field, NUMBERS, st.just(5), st.binary(min_size=4, max_size=4)),
    st.builds(Field, NUMBERS, st.just(VARINT), st.sampled_from([b"\x00", b"\x7f", b"\x80\x01", b"\xff" * 9 + b"\x01"])),
)


@given(st.lists(OF_ANY_KIND, max_size=5))
def test_what_is_written_is_read_again(fields):
    assert list(fields_of(message_of(fields))) == fields


def test_a_message_of_the_library_is_read_and_changed():
    message = descriptor_pb2.FieldDescriptorProto(name="x" * 200, number=300, label=2)

    changed = change(message.SerializeToString(), 1, lambda name: name[:3])

    message.name = "xxx"
    assert changed == message.SerializeToString()
