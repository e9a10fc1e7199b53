"""The structures of libjpeg's programming interface, version 6.2, which libjpeg-turbo keeps (its `jpeglib.h`).

The library checks version and size of the two large ones before it touches them, so what does not fit is refused.
"""

from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    c_char,
    c_double,
    c_int,
    c_long,
    c_short,
    c_ubyte,
    c_uint,
    c_ushort,
    c_void_p,
)

# A process that lives for a tenth of a second imports this: `typing` would take a third of its start.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

VERSION = 62
BLOCK_COEFFICIENTS = 64
_TABLES, _COMPONENTS_IN_SCAN, _BLOCKS_IN_MCU, _ARITHMETIC_CONDITIONS = 4, 4, 10, 16

Block = c_short * BLOCK_COEFFICIENTS
RowOfBlocks = POINTER(Block)
_Fields = list[tuple[str, "Any"]]


class ErrorManager(Structure):
    """`jpeg_error_mgr`."""

    _fields_ = [
        ("methods", c_void_p * 5),
        ("message_code", c_int),
        ("message_parameters", c_char * 80),
        ("trace_level", c_int),
        ("warnings", c_long),
        ("message_table", c_void_p),
        ("last_message", c_int),
        ("addon_message_table", c_void_p),
        ("first_addon_message", c_int),
        ("last_addon_message", c_int),
    ]


# (cinfo, array, first row, rows, whether they are written to) -> the rows
AccessBlocks = CFUNCTYPE(POINTER(RowOfBlocks), c_void_p, c_void_p, c_uint, c_uint, c_int)


class MemoryManager(Structure):
    """`jpeg_memory_mgr`, as far as it is called."""

    _fields_ = [("methods_before", c_void_p * 8), ("access_blocks", AccessBlocks)]


class QuantizationTable(Structure):
    """`JQUANT_TBL`, its steps row by row."""

    _fields_ = [("steps", c_ushort * BLOCK_COEFFICIENTS), ("is_sent", c_int)]


class HuffmanTable(Structure):
    """`JHUFF_TBL` without whether it was written."""

    _fields_ = [("codes_by_length", c_ubyte * 17), ("symbols", c_ubyte * 256)]


class Component(Structure):
    """`jpeg_component_info`."""

    _fields_ = [
        ("identifier", c_int),
        ("index", c_int),
        ("across", c_int),
        ("down", c_int),
        ("tables", c_int * 3),
        ("columns", c_uint),
        ("rows", c_uint),
        ("scaled_block", c_int),
        ("size", c_uint * 2),
        ("is_needed", c_int),
        ("unit", c_int * 6),
        ("quantization", POINTER(QuantizationTable)),
        ("private", c_void_p),
    ]


_COMMON: _Fields = [
    ("errors", POINTER(ErrorManager)),
    ("memory", POINTER(MemoryManager)),
    ("progress", c_void_p),
    ("client", c_void_p),
    ("is_decompressor", c_int),
    ("state", c_int),
]
_TABLE_POINTERS = [
    ("quantization_tables", c_void_p * _TABLES),
    ("dc_tables", c_void_p * _TABLES),
    ("ac_tables", c_void_p * _TABLES),
]
_ARITHMETIC = [("arithmetic_conditions", c_ubyte * (3 * _ARITHMETIC_CONDITIONS))]
_JFIF_VERSION_AND_DENSITY = [
    ("jfif_major", c_ubyte),
    ("jfif_minor", c_ubyte),
    ("density_unit", c_ubyte),
    ("density_across", c_ushort),
    ("density_down", c_ushort),
]
_SCAN: _Fields = [
    ("components_in_scan", c_int),
    ("scan_components", c_void_p * _COMPONENTS_IN_SCAN),
    ("units_per_row", c_uint),
    ("unit_rows", c_uint),
    ("blocks_in_unit", c_int),
    ("unit_membership", c_int * _BLOCKS_IN_MCU),
    ("spectral_start", c_int),
    ("spectral_end", c_int),
    ("approximation_high", c_int),
    ("approximation_low", c_int),
]


class Decompressor(Structure):
    """`jpeg_decompress_struct`."""

    _fields_ = [
        *_COMMON,
        ("source", c_void_p),
        ("width", c_uint),
        ("height", c_uint),
        ("component_count", c_int),
        ("colour_space", c_int),
        ("output_colour_space", c_int),
        ("scale", c_uint * 2),
        ("gamma", c_double),
        ("output_choices", c_int * 12),
        ("output_size", c_uint * 2),
        ("output_facts", c_int * 4),
        ("colour_map", c_void_p),
        ("output_row", c_uint),
        ("input_scan", c_int),
        ("input_unit_row", c_uint),
        ("output_scan", c_int),
        ("output_unit_row", c_uint),
        ("coefficient_bits", POINTER(c_int * BLOCK_COEFFICIENTS)),
        *_TABLE_POINTERS,
        ("precision", c_int),
        ("components", POINTER(Component)),
        ("is_progressive", c_int),
        ("is_arithmetic", c_int),
        *_ARITHMETIC,
        ("restart_interval", c_uint),
        ("saw_jfif", c_int),
        *_JFIF_VERSION_AND_DENSITY,
        ("saw_adobe", c_int),
        ("adobe_transform", c_ubyte),
        ("ccir601", c_int),
        ("markers", c_void_p),
        ("most_across", c_int),
        ("most_down", c_int),
        ("least_scaled_block", c_int),
        ("unit_rows_in_image", c_uint),
        ("range_limit", c_void_p),
        *_SCAN,
        ("unread_marker", c_int),
        ("modules", c_void_p * 11),
    ]


class Compressor(Structure):
    """`jpeg_compress_struct`."""

    _fields_ = [
        *_COMMON,
        ("destination", c_void_p),
        ("width", c_uint),
        ("height", c_uint),
        ("input_components", c_int),
        ("input_colour_space", c_int),
        ("gamma", c_double),
        ("precision", c_int),
        ("component_count", c_int),
        ("colour_space", c_int),
        ("components", POINTER(Component)),
        *_TABLE_POINTERS,
        *_ARITHMETIC,
        ("scan_count", c_int),
        ("scan_script", c_void_p),
        ("takes_raw_data", c_int),
        ("is_arithmetic", c_int),
        ("makes_own_tables", c_int),
        ("ccir601", c_int),
        ("smoothing", c_int),
        ("dct_method", c_int),
        ("restart_interval", c_uint),
        ("restart_rows", c_int),
        ("writes_jfif", c_int),
        *_JFIF_VERSION_AND_DENSITY,
        ("writes_adobe", c_int),
        ("next_row", c_uint),
        ("is_progressive", c_int),
        ("most_across", c_int),
        ("most_down", c_int),
        ("unit_rows_in_image", c_uint),
        *_SCAN,
        ("modules", c_void_p * 9),
        ("script_space", c_void_p),
        ("script_size", c_int),
    ]
