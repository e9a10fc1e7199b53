"""A page of another origin uploads a large file in parts, loses its connection, is loaded again, and goes on."""

import json
import subprocess
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from threading import Thread

import numpy as np
import pytest

from tests.e2e.browser import BROWSER, HEADLESS
from tests.e2e.client import WAIT_SECONDS

PART_BYTES = 8 << 20
# The first time, the connection is lost after one part.
PAGE = """<!DOCTYPE html><meta charset="utf-8"><script type="module">
import { anonymize } from "./upload.js";
const api = %s, progress = [], real = window.fetch, isFirst = !sessionStorage.length;
let puts = 0;
if (isFirst) window.fetch = (url, asked) =>
  asked.method === "PUT" && ++puts > 1 ? Promise.reject(new TypeError("lost")) : real(url, asked);
sessionStorage.setItem("loaded", "once");
const report = (told) => real("/report", { method: "POST", body: JSON.stringify({ ...told, progress }) });
const content = await (await real("large.png")).blob();
const file = new File([content], "large.png", { lastModified: 1 });
const options = { onProgress: (done) => progress.push(Math.round(done * file.size)), tries: isFirst ? 1 : 6 };
try {
  const task = await anonymize(api, file, { anonymization_method: "blur", face: true, save_mask: "none" }, options);
  await report({ task, kept: { ...localStorage } });
} catch (error) {
  await report({ error: String(error), kept: { ...localStorage } });
  if (isFirst) location.reload();
}
</script>"""


class Page(SimpleHTTPRequestHandler):
    """Serves a folder, and takes what its page reports."""

    def __init__(self, *given, reports, **named):
        self.reports = reports
        super().__init__(*given, **named)

    def do_POST(self):
        self.reports.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


@contextmanager
def opened_in_a_browser(folder, profile):
    """Yields what the page in the folder reports, as long as a `with` lasts."""
    reports = Queue()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Page, directory=folder, reports=reports))
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    command = [BROWSER, *HEADLESS, f"--user-data-dir={profile}", f"http://127.0.0.1:{server.server_port}/"]
    browser = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield reports
    finally:
        browser.terminate()
        browser.wait()
        server.shutdown()
        server.server_close()


@pytest.mark.skipif(BROWSER is None, reason="there is no Chromium")
def test_a_large_upload_goes_on_after_a_lost_connection_and_a_reload(running, repository, encode, tmp_path):
    client, site = running.ana(), tmp_path / "site"
    site.mkdir()
    large = encode(np.full((2400, 2400, 3), 90, np.uint8), "PNG", compress_level=0)
    (site / "large.png").write_bytes(large)
    (site / "upload.js").write_bytes((repository / "docs/examples/upload.js").read_bytes())
    (site / "index.html").write_text(PAGE % json.dumps({"url": running.base_url, "token": client.token}))

    with opened_in_a_browser(site, tmp_path / "profile") as reports:
        lost, done = (reports.get(timeout=WAIT_SECONDS) for _ in range(2))

    assert lost["error"] == "TypeError: lost"
    assert lost["progress"] == [0, PART_BYTES]
    assert lost["kept"] == {f"veil:large.png:{len(large)}:1": str(done["task"])}
    assert done["progress"] == [PART_BYTES, 2 * PART_BYTES, len(large), len(large)]
    assert done["kept"] == {}
    assert client.status(done["task"])["task_status"] in {"queued", "processing", "done"}
    client.call("DELETE", f"/v2/task/{done['task']}")  # what becomes of it is asked elsewhere
