"""Image files: what they say before they are decoded, their pixels, and the metadata that may be carried on."""
