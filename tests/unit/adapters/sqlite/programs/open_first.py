"""Once told to on standard input, open the database and the secret of a folder that nobody opened before."""

import sys
from pathlib import Path

from veil.adapters.folders.secrets import InstallationSecret, Purpose
from veil.adapters.sqlite.database import Database

sys.stdout.write("ready\n")
sys.stdin.readline()
Database(Path(sys.argv[1])).close()
sys.stdout.write(InstallationSecret.in_folder(Path(sys.argv[1])).key_for(Purpose.MEDIA_URLS).hex() + "\n")
