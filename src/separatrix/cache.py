"""Where what can be made again is kept between processes."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def cache_folder() -> Path:
    """$SEPARATRIX_CACHE, or the user's cache folder."""
    asked = os.environ.get("SEPARATRIX_CACHE")
    if asked:
        return Path(asked)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "separatrix"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "separatrix"
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "separatrix"
