"""`python -m tools.check_distribution dist`: installs the built wheel into an empty environment without PyTorch and uses it.

The wheel has been built from the source distribution, so both are complete if it works. Prints what the required packages
take on disk, and fails above the limit.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

TABLE = """
import csv, random

draw = random.Random(0)
with open("table.csv", "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["a", "b", "kind", "y"])
    for _ in range(150):
        a, b = draw.gauss(0, 1), draw.gauss(0, 1)
        writer.writerow([a, b, draw.choice("uvw"), int(a * b > 0)])
"""
# what a newcomer does first, small
COMMANDS = (
    "lesson --epochs 500 --out lesson",
    "fit table.csv --target y --n-members 1 --folds 2 --report report.html",
    "predict model.safetensors table.csv --out predictions.csv",
    "export model.safetensors --to python --out predict.py",
    "play --save page.html",
)
FILES = ("lesson/report.html", "report.html", "predictions.csv", "predict.py", "page.html")


def main(folder: Path) -> None:
    """Install the wheel, use it, and measure what it brings along."""
    (wheel,), (_,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        venv.create(work / "venv", with_pip=True)
        scripts = work / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
        python = str(scripts / "python")

        def run(*words: str) -> None:
            subprocess.run(words, check=True, cwd=work)

        run(
            python,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--constraint",
            str(ROOT / "constraints.txt"),
            str(wheel.resolve()),
        )
        run(python, "-c", "import importlib.util as u, sys; sys.exit(u.find_spec('torch') is not None)")
        run(python, "-c", TABLE)
        for command in COMMANDS:
            run(str(scripts / "separatrix"), *command.split())
        missing = [name for name in FILES if not (work / name).stat().st_size]
        if missing:
            raise SystemExit(f"empty: {', '.join(missing)}")
        # packaging comes with Matplotlib, so that the script runs there
        run(python, str(ROOT / "tools" / "sizes.py"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
