"""`python -m benchmarks`: measure everything that is measured here."""

from benchmarks import images, panoramas, videos

images.main()
panoramas.main()
videos.main()
