"""Start the service on this machine, send it a photo as a client would, and show what comes back."""

import argparse
import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import distribution
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
from client import anonymize, download, sign_in
from numpy.typing import NDArray

OUTPUT = Path("demo-output")


def main() -> None:
    """Run the demo on the photo of the command line, or on a portrait by NASA."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photo", type=Path, help="a JPEG or PNG file of your own")
    photo = parser.parse_args().photo or portrait(OUTPUT)
    if not photo.is_file():
        sys.exit(f"There is no photo {photo}")
    password = secrets.token_urlsafe()
    with service("demo", password) as base_url:
        print(f"The service runs on {base_url}; uploading {photo}")
        token = sign_in(base_url, "demo", password)
        task = anonymize(base_url, token, photo, anonymization_method="blur", face=True)
        files = download(base_url, token, task, OUTPUT)
    files.append(before_and_after(photo, files[0]))
    found = len(json.loads((OUTPUT / "metadata.json").read_text())["detections"])
    print(f"Done: {found} face(s) hidden. See:")
    for file in files:
        print(f"  {file}")


@contextmanager
def service(username: str, password: str) -> Iterator[str]:
    """Run `veil serve` in a folder of its own; yield its address."""
    veil = Path(sys.executable).with_name("veil")
    with TemporaryDirectory() as data:
        command = [str(veil), "serve", "--data", data, "--port", "0"]
        environment = {**os.environ, "VEIL_USER": username, "VEIL_PASSWORD": password}
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        try:
            yield address(process)
        finally:
            process.terminate()
            process.communicate()


def address(process: "subprocess.Popen[str]") -> str:
    """Return the address in the service's log line that says where it serves."""
    for line in process.stdout or []:
        entry = json.loads(line)
        if entry["message"] == "serving":
            return str(entry["url"])
    sys.exit("The service did not start.")


def portrait(folder: Path) -> Path:
    """Copy the portrait of astronaut Eileen Collins (NASA, public domain) that scikit-image carries."""
    folder.mkdir(parents=True, exist_ok=True)
    # Found, not imported: importing needs what only scikit-image's functions need, SciPy among it.
    carried = distribution("scikit-image").locate_file("skimage/data/astronaut.png")
    return Path(shutil.copy(str(carried), folder / "original.png"))


def before_and_after(before: Path, after: Path) -> Path:
    """Write both pictures side by side, at a size for a screen."""
    left, right = (_at_height(file, 512) for file in (before, after))
    gap = np.full((left.shape[0], 12, 3), 255, np.uint8)
    file = OUTPUT / "before-and-after.jpg"
    cv2.imwrite(str(file), np.hstack([left, gap, right]))
    return file


def _at_height(file: Path, height: int) -> NDArray[np.uint8]:
    picture = cv2.imread(str(file))
    if picture is None:
        sys.exit(f"Cannot show {file}")
    width = round(picture.shape[1] * height / picture.shape[0])
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)


if __name__ == "__main__":
    main()
