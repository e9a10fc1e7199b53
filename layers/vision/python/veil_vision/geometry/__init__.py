"""Places in a picture: boxes, outlines, object masks, regions, grids of tiles. Numbers only, no files, no models."""
