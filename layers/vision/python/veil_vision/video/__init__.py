"""Frames of videos, as decoders hand them out and encoders take them."""
