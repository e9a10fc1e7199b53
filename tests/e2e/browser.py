"""A real browser, where there is one."""

import shutil

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
# As root, which CI is, Chromium has no sandbox.
HEADLESS = ("--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr")
