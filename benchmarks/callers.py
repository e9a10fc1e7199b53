"""How long a node takes to answer forty callers at once: `python -m benchmarks.callers [ROUNDS]`.

The node runs as a process of its own with one worker that has nothing to do, and keeps three hundred tasks. Every
caller keeps one connection and asks again as soon as it has its last answer. Of the rounds, a second each, that with
the most answers is told: it is the one that other work on the machine disturbed least.
"""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from urllib.parse import urlsplit

CALLERS = 40
TASKS = 300
ROUND_SECONDS = 1.0
_VEIL = (sys.executable, "-c", "from veil.cli import main; main()")
_TASK = json.dumps({"anonymization_method": "blur", "face": True})


def main() -> None:
    """Measure and print one line for each way to call."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    with TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        options = ["--data", f"{folder}/data", "--port", "0", "--auth", "none", "--workers", "1"]
        # A file: nobody reads a pipe meanwhile, and one line is written for each request.
        with log.open("wb") as written:
            node = subprocess.Popen([*_VEIL, "serve", *options], stdout=written)
        try:
            asyncio.run(_measure(*_address(log), rounds))
        finally:
            node.terminate()
            node.wait()


def _address(log: Path) -> tuple[str, int]:
    """Return where the node listens, once a worker is ready to do nothing."""
    for _ in range(600):
        told = {line["message"]: line for line in map(json.loads, log.read_text().splitlines())}
        if "a worker is ready" in told:
            url = urlsplit(told["serving"]["url"])
            return str(url.hostname), int(url.port or 0)
        sleep(0.1)
    raise RuntimeError("The node did not start.")


async def _measure(host: str, port: int, rounds: int) -> None:
    alone = Caller(host, port)
    created = [json.loads(await alone.call("POST", "/v2/task", _TASK)) for _ in range(TASKS)][-1]
    status = f"/v2/task/{created['task_id']}/status"
    for path in (status, "/v2/task?limit=10", "/v2/task?limit=100"):
        together = [Caller(host, port) for _ in range(CALLERS)]
        took = [await _round(together, path) for _ in range(rounds)]
        _tell(path, max(took, key=len))


async def _round(together: "list[Caller]", path: str) -> list[float]:
    """Return the seconds that each answer of a round took."""
    took = await asyncio.gather(*(each.keep_calling(path, ROUND_SECONDS) for each in together))
    return [each for caller in took for each in caller]


def _tell(name: str, took: list[float]) -> None:
    marks = quantiles(took, n=100)
    p50, p95, p99 = (1000 * marks[each - 1] for each in (50, 95, 99))
    print(
        f"{name:36} {len(took) / ROUND_SECONDS:6.0f}/s  p50 {p50:6.1f} ms  p95 {p95:6.1f} ms  p99 {p99:6.1f} ms"
        f"  p99/p50 {p99 / p50:4.1f}  longest {1000 * max(took):6.1f} ms"
    )


class Caller:
    """One client with one connection."""

    def __init__(self, host: str, port: int) -> None:
        self._address = host, port
        self._connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def keep_calling(self, path: str, seconds: float) -> list[float]:
        """Call again and again, and return how long each answer took."""
        took = []
        end = perf_counter() + seconds
        while (started := perf_counter()) < end:
            await self.call("GET", path)
            took.append(perf_counter() - started)
        return took

    async def call(self, method: str, path: str, body: str = "") -> bytes:
        """Return the body of the answer."""
        if self._connection is None:
            self._connection = await asyncio.open_connection(*self._address)
        reader, writer = self._connection
        writer.write(
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        if " 200 " not in head.partition("\r\n")[0]:
            raise RuntimeError(head)
        length = next(line for line in head.lower().split("\r\n") if line.startswith("content-length:"))
        return await reader.readexactly(int(length.partition(":")[2]))


if __name__ == "__main__":
    main()
