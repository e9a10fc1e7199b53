"""`python -m benchmarks`: measure everything that is measured here."""

from benchmarks import images

images.main()
