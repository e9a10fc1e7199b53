"""Start the service on this machine, send it a photo or video as a client would, and show what comes back."""

import argparse
import json
import os
import secrets
import shutil
import subprocess
import sys
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
import cv2
import numpy as np
from client import Account, anonymize, download
from numpy.typing import NDArray

OUTPUT = Path("demo-output")
KINDS = {"face": "face", "license_plate": "licence plate"}


def main() -> None:
    """Run the demo on the file of the command line, on a portrait by NASA, or on a clip that is drawn from it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photo", type=Path, help="a photo or video of your own")
    parser.add_argument("--video", action="store_true", help="draw a clip and take that")
    arguments = parser.parse_args()
    source = arguments.photo or (clip(OUTPUT) if arguments.video else portrait(OUTPUT))
    if not source.is_file():
        sys.exit(f"There is no file {source}")
    password = secrets.token_urlsafe()
    with service("demo", password) as base_url:
        print(f"The service runs on {base_url}; uploading {source}")
        account = Account(base_url, "demo", password)
        try:
            task = anonymize(account, source, anonymization_method="blur", **dict.fromkeys(KINDS, True))
        except RuntimeError as error:
            sys.exit(str(error))
        files = download(account, task, OUTPUT)
    files.append(before_and_after(source, files[0]))
    print(f"Hidden: {hidden(json.loads((OUTPUT / 'metadata.json').read_text()))}. See:")
    for file in files:
        print(f"  {file}")


def hidden(metadata: dict[str, Any]) -> str:
    """Return how many faces and plates the metadata of a photo, or of a video, tells of."""
    if "frames" not in metadata:
        return by_kind(each["type_label"] for each in metadata["detections"])
    tracks = {each["track"]: each["type_label"] for frame in metadata["frames"] for each in frame["detections"]}
    return f"{by_kind(tracks.values())}, in {len(metadata['frames'])} frames"


def by_kind(labels: Iterable[str]) -> str:
    """Return how many there are of each kind, such as `1 face, 0 licence plates`."""
    counts = Counter(labels)
    return ", ".join(f"{counts[label]} {name}{'s' * (counts[label] != 1)}" for label, name in KINDS.items())


@contextmanager
def service(username: str, password: str) -> Iterator[str]:
    """Run `veil serve` in a folder of its own; yield its address."""
    veil = Path(sys.executable).with_name("veil")
    with TemporaryDirectory() as data:
        command = [str(veil), "serve", "--data", data, "--port", "0"]
        environment = {**os.environ, "VEIL_USER": username, "VEIL_PASSWORD": password}
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        with process, ThreadPoolExecutor(1) as reader:
            try:
                base_url = address(process)
                # A log that nobody reads fills its pipe, and then the service waits.
                reader.submit(deque, process.stdout or (), 0)
                yield base_url
            finally:
                process.terminate()


def address(process: "subprocess.Popen[str]") -> str:
    """Return the address in the service's log line that says where it serves."""
    for line in process.stdout or []:
        entry = json.loads(line)
        if entry["message"] == "serving":
            return str(entry["url"])
    sys.exit("The service did not start.")


def portrait(folder: Path) -> Path:
    """Copy the portrait of astronaut Eileen Collins (NASA, public domain) that `make demo` took out of scikit-image."""
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(Path(sys.prefix) / "astronaut.png", folder / "original.png"))


def clip(folder: Path) -> Path:
    """Draw two seconds in which a camera goes over the portrait."""
    small = np.asarray(cv2.imread(str(portrait(folder))), dtype=np.uint8)
    picture = np.asarray(cv2.resize(small, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
    file = folder / "original.mp4"
    with av.open(str(file), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 768, 432, "yuv420p"
        for number in range(50):
            left, top = 5 * number, round(12 + 12 * np.sin(number / 8))
            view = np.ascontiguousarray(picture[top : top + stream.height, left : left + stream.width])
            out.mux(stream.encode(av.VideoFrame.from_ndarray(view, format="bgr24")))
        out.mux(stream.encode(None))
    return file


def before_and_after(before: Path, after: Path) -> Path:
    """Write both pictures side by side, of videos their middle frames, at a size for a screen."""
    left, right = (_at_height(file, 512) for file in (before, after))
    gap = np.full((left.shape[0], 12, 3), 255, np.uint8)
    file = OUTPUT / "before-and-after.jpg"
    cv2.imwrite(str(file), np.hstack([left, gap, right]))
    return file


def _at_height(file: Path, height: int) -> NDArray[np.uint8]:
    picture = cv2.imread(str(file)) if file.suffix in {".jpg", ".jpeg", ".png"} else _middle(file)
    if picture is None:
        sys.exit(f"Cannot show {file}")
    width = round(picture.shape[1] * height / picture.shape[0])
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _middle(file: Path) -> NDArray[np.uint8] | None:
    """Return the frame in the middle of a video, blue first as OpenCV has it."""
    with av.open(str(file)) as container:
        frames = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
    return np.asarray(frames[len(frames) // 2], dtype=np.uint8) if frames else None


if __name__ == "__main__":
    main()
