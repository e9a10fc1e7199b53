"""`python -m benchmarks`: measure everything that is measured here."""

from benchmarks import images, panoramas

images.main()
panoramas.main()
