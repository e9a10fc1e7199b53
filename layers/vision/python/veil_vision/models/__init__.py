"""Models: the catalogue, the folder of verified files, and opened networks."""
