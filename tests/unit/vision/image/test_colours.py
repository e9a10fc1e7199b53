"""Colours look the same, and what describes them in a result has no room for anything else."""

import io
import struct
import zlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from veil_vision.errors import VerificationError
from veil_vision.image.colour_profile import is_own_profile, write_profile
from veil_vision.image.colour_spaces import space_of
from veil_vision.image.containers import DEFAULT_LIMITS, read_header
from veil_vision.image.files import decode_image, encode_image
from veil_vision.image.icc_reading import described_by
from veil_vision.image.metadata import MetadataPolicy
from veil_vision.pipelines.image import anonymize_image
from veil_vision.verify.leaks import scan
from veil_vision.verify.replacement import require_clean

NOTHING = MetadataPolicy()
SRGB = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))
DISPLAY_P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
ADOBE_RGB = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
PROPHOTO = ((0.79767, 0.28804, 0.0), (0.13519, 0.71188, 0.0), (0.03134, 0.00009, 0.82491))
BT2020 = ((0.67348, 0.27904, -0.00194), (0.16566, 0.67535, 0.02998), (0.12505, 0.04561, 0.79686))
OLD_SCREEN = ((0.45427, 0.24263, 0.01482), (0.35332, 0.67441, 0.09042), (0.15662, 0.08336, 0.71953))
XYZ_PRIMARIES = {
    "sRGB": SRGB, "Display P3": DISPLAY_P3, "Adobe RGB": ADOBE_RGB, "ProPhoto": PROPHOTO, "BT.2020": BT2020,
    "other": OLD_SCREEN,
}  # fmt: skip
STORED_ANEW = {"cut off", "cut off and raised", "gamma 1.45", "bent"}
STEPS = np.linspace(0, 1, 1024)


def _gamma(exponent):
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(exponent * 256))


def _curves(build):
    srgb_table = np.where(STEPS <= 0.04045, STEPS / 12.92, ((STEPS + 0.055) / 1.055) ** 2.4)
    return {
        "sRGB table": build.table_curve(srgb_table),
        "sRGB formula": build.formula_curve(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045),
        "sRGB raised": build.formula_curve(4, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045, 0, 0),
        "cut off": build.formula_curve(1, 2.2, 1.02, -0.02),
        "cut off and raised": build.formula_curve(2, 2.2, 1.01, -0.02, 0.01),
        "gamma 2.2": _gamma(563 / 256),
        "gamma 1.8": build.formula_curve(0, 1.8),
        "gamma 1.45": _gamma(1.45),
        "linear": b"curv\0\0\0\0\0\0\0\0",
        "bent": build.table_curve(0.8 * STEPS**2.1 + 0.2 * STEPS**3),
    }


CURVE_NAMES = (
    "sRGB table", "sRGB formula", "sRGB raised", "cut off", "cut off and raised", "gamma 2.2", "gamma 1.8",
    "gamma 1.45", "linear", "bent",
)  # fmt: skip


def _lab(pixels, icc):
    """CIE Lab of uint8 pixels by LittleCMS, which is not what converts here: float (n, 3)."""
    profile = ImageCms.getOpenProfile(
        io.BytesIO(icc or ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    )
    mode = "L" if pixels.shape[2] == 1 else "RGB"
    to_lab = ImageCms.buildTransform(profile, ImageCms.createProfile("LAB"), mode, "LAB", renderingIntent=1)
    image = to_lab.apply(Image.fromarray(pixels.squeeze(axis=2) if mode == "L" else pixels))
    stored = np.frombuffer(image.tobytes(), np.uint8).reshape(-1, 3)
    return np.column_stack([stored[:, 0] / 2.55, stored[:, 1:].view(np.int8).astype(float)])


def _cube():
    levels = np.array([0, 1, 3, 8, 20, 40, 64, 90, 128, 160, 192, 220, 240, 255], np.uint8)
    return np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(14, -1, 3)


def _png(build, pixels, icc=None, before=b""):
    height, width, channels = pixels.shape
    deep = pixels.dtype == np.uint16
    chunk = build.chunk(b"iCCP", b"x\0\0" + zlib.compress(icc)) if icc else b""
    rows = [row.astype(">u2").tobytes() if deep else row.tobytes() for row in pixels]
    colour_type = {1: 0, 3: 2}[channels]
    return build.png(
        width, height, bit_depth=16 if deep else 8, colour_type=colour_type, rows=rows, before=before + chunk
    )


@pytest.mark.parametrize("curve", CURVE_NAMES)
@pytest.mark.parametrize("primaries", XYZ_PRIMARIES)
def test_colours_look_the_same_whatever_profile_they_came_with(build, primaries, curve):
    profile = build.matrix_profile(XYZ_PRIMARIES[primaries], [_curves(build)[curve]] * 3)
    pixels = _cube()

    shown = decode_image(encode_image(decode_image(_png(build, pixels, profile)), keep=NOTHING))

    off = np.linalg.norm(_lab(shown.pixels, shown.icc) - _lab(pixels, profile), axis=1)
    assert is_own_profile(shown.icc)
    assert off.mean() < 1
    if curve not in STORED_ANEW:  # eight bits of Lab are steps of 1, so that two colours less apart are up to this
        assert off.max() < 1.5
        np.testing.assert_array_equal(shown.pixels, pixels)


@pytest.mark.parametrize(
    ("primaries", "curve", "name"),
    [
        ("sRGB", "sRGB table", "sRGB primaries, sRGB curve"),
        ("Display P3", "sRGB formula", "Display P3 primaries, sRGB curve"),
        ("Adobe RGB", "gamma 2.2", "Adobe RGB primaries, gamma 2.2"),
        ("ProPhoto", "gamma 1.8", "ProPhoto primaries, gamma 1.8"),
        ("other", "linear", "other primaries, linear"),
    ],
)  # fmt: skip
def test_well_known_colours_are_known(build, primaries, curve, name):
    profile = build.matrix_profile(XYZ_PRIMARIES[primaries], [_curves(build)[curve]] * 3)

    assert decode_image(build.jpeg(build.gradient(), icc_profile=profile)).colour_note == f"kept: {name}"


def test_the_srgb_profile_of_littlecms_is_known(build):
    picture = decode_image(build.jpeg(build.gradient(), icc_profile=build.srgb_profile()))

    assert picture.colour_note == "kept: sRGB primaries, sRGB curve"


@pytest.mark.parametrize("curve", CURVE_NAMES)
def test_greys_look_the_same(build, curve):
    profile = build.matrix_profile([], [_curves(build)[curve]], space=b"GRAY")
    pixels = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)

    shown = decode_image(encode_image(decode_image(_png(build, pixels, profile)), keep=NOTHING))

    # Where it is dark, eight bits of sRGB's curve lie further apart than those of some others.
    assert np.linalg.norm(_lab(shown.pixels, shown.icc) - _lab(pixels, profile), axis=1).mean() < 1


def test_sixteen_bits_are_stored_anew_in_sixteen_bits(build):
    profile = build.matrix_profile(SRGB, [_gamma(1.5)] * 3)
    pixels = np.linspace(0, 65535, 300).astype(np.uint16).reshape(1, 100, 3)

    shown = decode_image(_png(build, pixels, profile))

    light = (pixels / 65535) ** 1.5
    wanted = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    assert np.abs(shown.pixels / 65535 - wanted).max() < 1e-4


def _profile_of_tables(space, channels):
    """A profile that says by tables that lightness is the square of the stored number (10.10: lut8Type, Lab)."""
    squares = bytes(level * level // 255 for level in range(256))
    matrix = struct.pack(">9i", *(65536 if i % 4 == 0 else 0 for i in range(9)))
    corners = bytes([0, 128, 128]) * (2**channels - 1) + bytes([255, 128, 128])
    table = b"mft1\0\0\0\0" + bytes([channels, 3, 2, 0]) + matrix + squares * channels + corners + bytes(range(256)) * 3
    header = struct.pack(">I4xI4s4s4s12x4s", 144 + len(table), 0x02400000, b"mntr", space, b"Lab ", b"acsp")
    header = header.ljust(68, b"\0") + struct.pack(">3i", 63190, 65536, 54061)
    return header.ljust(128, b"\0") + struct.pack(">I4sII", 1, b"A2B0", 144, len(table)) + table


@pytest.mark.parametrize(("space", "channels"), [(b"RGB ", 3), (b"GRAY", 1)])
def test_a_profile_of_tables_turns_pixels_into_srgb(build, space, channels):
    pixels = np.full((300, 2, channels), 128, np.uint8)

    picture = decode_image(_png(build, pixels, _profile_of_tables(space, channels)))

    assert picture.pixels.shape == pixels.shape
    assert np.abs(picture.pixels.astype(int) - 60).max() <= 2
    assert (picture.icc, picture.colour_note) == (None, "converted: sRGB")


def test_a_profile_of_tables_is_dropped_and_the_report_says_so_where_it_cannot_be_used(build):
    tables = _profile_of_tables(b"RGB ", 3)
    pixels = np.full((1, 2, 3), 200, np.uint8)

    for file in (
        _png(build, pixels.astype(np.uint16), tables),
        _png(build, pixels, tables[:144] + b"junk" + tables[148:]),
    ):
        picture = decode_image(file)
        assert (picture.icc, picture.colour_note, picture.pixels.max()) == (None, "dropped", 200)


def test_gamma_and_chromaticities_become_a_profile(build):
    chromaticities = struct.pack(">8I", 31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)
    before = build.chunk(b"gAMA", struct.pack(">I", 45455)) + build.chunk(b"cHRM", chromaticities)

    picture = decode_image(_png(build, build.gradient(), before=before))

    assert picture.colour_note == "kept: Adobe RGB primaries, gamma 2.2"
    assert is_own_profile(picture.icc)
    assert picture.colour == ()


def test_code_points_and_rendering_intents_of_few_values_stay(build):
    for name, payload in ((b"cICP", b"\x09\x10\0\1"), (b"sRGB", b"\1")):
        written = encode_image(
            decode_image(_png(build, build.gradient(), before=build.chunk(name, payload))), keep=NOTHING
        )
        assert decode_image(written).colour == ((name, payload),)
        assert scan(written) == ()


SECRET = b"\xff\xd8\xff\xe0" + bytes(np.random.default_rng(7).integers(0, 256, 150_000, np.uint8))
WINDOWS = {SECRET[start : start + 16] for start in range(0, len(SECRET) - 15)}


def _holds_secret(file):
    return any(file[start : start + 16] in WINDOWS for start in range(len(file) - 15))


def _all_that_it_says(file):
    """Its bytes, with the profile unpacked."""
    return file + (read_header(file, limits=DEFAULT_LIMITS).icc or b"")


@pytest.mark.parametrize("name", [b"JPEG", b"dscm", b"vcgt", b"A2B9", b"desc", b"cprt", b"meta"])
def test_a_jpeg_in_a_tag_of_a_profile_does_not_come_out(build, name):
    elements = [_curves(build)["gamma 2.2"]] * 3
    profile = build.matrix_profile(ADOBE_RGB, elements, extra=[(name, SECRET)], header=SECRET[:24])
    jpeg, png = build.jpeg(build.gradient(), icc_profile=profile), _png(build, build.gradient(), profile)
    assert jpeg.count(b"ICC_PROFILE\0") == 3
    assert _holds_secret(jpeg)
    assert _holds_secret(_all_that_it_says(png))

    written = [encode_image(decode_image(file), keep=NOTHING) for file in (jpeg, png)]

    assert [_holds_secret(_all_that_it_says(file)) for file in written] == [False, False]
    assert [scan(file) for file in written] == [(), ()]
    assert "another maker" in scan(jpeg)[0]
    assert scan(png) == ("chunk iCCP",)


@pytest.mark.parametrize("form", ["jpeg", "png"])
def test_a_jpeg_in_a_profile_does_not_come_out_of_the_pipeline(build, scenes, form):
    profile = build.matrix_profile(DISPLAY_P3, [_curves(build)["sRGB formula"]] * 3, extra=[(b"JPEG", SECRET)])
    pixels = scenes.marked((100, 60, 140, 120))
    file = build.jpeg(pixels, icc_profile=profile) if form == "jpeg" else _png(build, pixels, profile)

    result = anonymize_image(file, scenes.recipe(), [scenes.finder()])

    assert not _holds_secret(_all_that_it_says(result.picture))
    assert result.report["colours"] == "kept: Display P3 primaries, sRGB curve"


def test_the_gate_refuses_a_profile_of_another_maker_and_colours_that_were_not_to_be_said(build):
    drawn = replace(decode_image(build.jpeg(build.gradient(), icc_profile=build.srgb_profile())), coded=None)
    planted = build.matrix_profile(SRGB, [_gamma(2.2)] * 3, extra=[(b"JPEG", SECRET[:500])])
    other = decode_image(build.jpeg(build.gradient(), icc_profile=planted)).icc

    for icc, cause in ((planted, "another maker"), (other, "about its colours"), (None, "about its colours")):
        file = encode_image(replace(drawn, icc=icc), keep=NOTHING)
        with pytest.raises(VerificationError, match=cause):
            require_clean(file, drawn, [], quality=90, keep=NOTHING)


@given(st.data())
def test_no_part_of_a_profile_has_room_for_a_secret(build, data):
    secret = data.draw(st.binary(min_size=400, max_size=400), label="secret")
    numbers = struct.iter_unpack(">h", secret)
    primaries = data.draw(
        st.sampled_from([*XYZ_PRIMARIES.values(), np.array([next(numbers)[0] / 2**15 for _ in range(9)]).reshape(3, 3)])
    )
    curve = data.draw(st.sampled_from([_gamma(2.2), b"curv\0\0\0\0" + struct.pack(">I", 200) + secret]))
    extra = [(data.draw(st.binary(min_size=4, max_size=4)), secret), (b"cprt", b"text\0\0\0\0" + secret)]
    profile = build.matrix_profile(primaries, [curve] * 3, extra=extra, padding=secret[:64], header=secret[:24])

    written = encode_image(decode_image(_png(build, build.gradient(4, 4), profile)), keep=NOTHING)

    icc = read_header(written, limits=DEFAULT_LIMITS).icc or b""
    assert not any(icc[start : start + 16] in secret for start in range(len(icc) - 15) if any(icc[start : start + 16]))
    assert scan(written) == ()


@given(st.lists(st.integers(-(2**31), 2**31 - 1), min_size=6, max_size=6), st.floats(0.5, 3))
@example([28577, 14581, 912, 25240, 46981, 6362], 2.2)
def test_a_profile_of_ours_describes_itself(build, numbers, gamma):
    red, green = np.array(numbers).reshape(2, 3) % 65536 / 65536
    blue = np.array([63190, 65536, 54061]) / 65536 - red - green
    space = space_of(described_by(build.matrix_profile([red, green, blue], [_gamma(gamma)] * 3)))

    if space is not None:
        assert space_of(described_by(write_profile(space))) == space
        assert is_own_profile(write_profile(space))


@given(st.data())
def test_one_changed_byte_makes_a_profile_another_makers(build, data):
    own = decode_image(build.jpeg(build.gradient(), icc_profile=build.srgb_profile())).icc
    place, change = data.draw(st.integers(0, len(own) - 1)), data.draw(st.integers(1, 255))

    changed = own[:place] + bytes([own[place] ^ change]) + own[place + 1 :]

    assert not is_own_profile(changed)


@given(st.binary(max_size=400))
def test_any_bytes_as_a_profile_are_read_or_dropped(build, noise):
    starts = [
        b"",
        build.matrix_profile(SRGB, [_gamma(2)] * 3)[: 128 + 4 + 12 * 3],
        struct.pack(">I4xI4s4s4s12x4s", 0, 0, b"mntr", b"RGB ", b"XYZ ", b"acsp").ljust(128, b"\0"),
    ]
    for start in starts:
        profile = bytearray(start + noise).ljust(140, b"\0")
        profile[:4] = struct.pack(">I", len(profile))
        profile[16:20], profile[36:40] = b"RGB ", b"acsp"
        picture = decode_image(_png(build, build.gradient(2, 2), bytes(profile)))
        assert picture.icc is None or is_own_profile(picture.icc)


@given(st.binary(min_size=4, max_size=4), st.binary(min_size=32, max_size=32), st.sampled_from([1, 3]))
@example(b"\0\0\0\1", struct.pack(">8I", *[1] * 8), 3)
@example(b"\xff\xff\xff\xff", struct.pack(">8I", *[2**32 - 1, 1] * 4), 3)
def test_any_gamma_and_chromaticities_are_read_or_dropped(build, gamma, chromaticities, channels):
    before = build.chunk(b"gAMA", gamma) + build.chunk(b"cHRM", chromaticities)
    pixels = build.gradient(2, 2).reshape(2, 2, 3)[..., :channels]

    written = encode_image(decode_image(_png(build, pixels, before=before)), keep=NOTHING)

    assert scan(written) == ()


def _adobe_rgb_exif():
    """EXIF as cameras write it for Adobe RGB: an interoperability index and no profile (DCF 2.0)."""
    directories = [(0x8769, 4, 1, struct.pack("<I", 26)), (0xA005, 4, 1, struct.pack("<I", 44)), (1, 2, 4, b"R03\0")]
    return b"II*\0\x08\0\0\0" + b"".join(struct.pack("<HHHI4sI", 1, *entry, 0) for entry in directories)


@pytest.mark.parametrize(("channels", "note"), [(3, "kept: Adobe RGB primaries, gamma 2.2"), (1, "none stated")])
def test_adobe_rgb_that_only_exif_tells_becomes_a_profile(build, channels, note):
    plain = build.jpeg(build.gradient(32, 32, channels))
    source = build.with_segments(plain, build.segment(0xE1, b"Exif\0\0" + _adobe_rgb_exif()))

    picture = decode_image(source)

    assert picture.colour_note == note
    assert decode_image(encode_image(picture, keep=MetadataPolicy())).icc == picture.icc
    np.testing.assert_array_equal(picture.pixels, decode_image(plain).pixels)
