"""An index of empty wheels, in a folder: everything the locks name, a newer release of each, and one package more."""

import hashlib
import zipfile

NEWER = "9999.0"
IN_NO_LOCK = "in-no-lock"


class PackageIndex:
    """Wheels that install nothing. Each needs a package that no lock names, which only an installer that resolves sees.

    So it is with `coverage[toml]`, which a lock names without its extra, and with what we leave out of demo.txt.
    """

    def __init__(self, folder, pins):
        self.folder = folder
        named = {(pin.name, each) for pin in pins for each in (pin.version, NEWER)}
        self._hashes = {wheel: self._write(*wheel, [IN_NO_LOCK]) for wheel in sorted(named)}
        self._write(IN_NO_LOCK, NEWER, [])

    def hash_of(self, pin):
        """Return the sha256 of the wheel at the locked version."""
        return self._hashes[pin.name, pin.version]

    def _write(self, name, version, needs):
        inside = f"{name.replace('-', '_')}-{version}"
        file = self.folder / f"{inside}-py3-none-any.whl"
        about = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
        about += [f"Requires-Dist: {each}" for each in needs]
        with zipfile.ZipFile(file, "w") as wheel:
            wheel.writestr(f"{inside}.dist-info/METADATA", "\n".join([*about, ""]))
            wheel.writestr(
                f"{inside}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            )
            wheel.writestr(f"{inside}.dist-info/RECORD", "")
        return hashlib.sha256(file.read_bytes()).hexdigest()
