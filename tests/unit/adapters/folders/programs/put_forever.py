"""Keep uploads as fast as possible and say which keys were acknowledged."""

import sys
from pathlib import Path

from veil.adapters.clock import SystemClock
from veil.adapters.folders.media import FolderMediaStore
from veil.adapters.folders.signed_urls import SignedUrls

media = FolderMediaStore(Path(sys.argv[1]), SignedUrls("http://127.0.0.1", b"k" * 32, SystemClock()))
for number in range(1_000_000):
    upload = media.begin_upload(limit_bytes=1_000_000)
    for _ in range(3):
        upload.write(b"x" * 100_000)
    media.commit_upload(upload, f"ana/{number}/original", declared_type="image/jpeg")
    upload.discard()
    sys.stdout.write(f"ana/{number}/original\n")
