"""What the framework tests are made of: installed frameworks, running apps, and the probe sent at them."""

import os
from pathlib import Path

# The directory of the frameworks' apps, and the one that everything built goes to.
HERE = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR") or HERE.parent.parent / "target").resolve()
