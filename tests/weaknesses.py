"""Looks up published weaknesses of every package that an installation gets.

A weakness fails; a service that cannot be reached, or that knows none of the packages, is said
and passed over: the next run with a network finds what this one could not.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click

LIMIT_S = 300


def main() -> int:
    """Return 1 when a package has a weakness."""
    command = [
        str(Path(sys.executable).with_name("pip-audit")),
        "--disable-pip",
        "--require-hashes",
        "--requirement=requirements.txt",
        "--format=json",
        "--progress-spinner=off",
        "--timeout=15",
    ]
    try:
        asked = subprocess.run(
            command, capture_output=True, text=True, timeout=LIMIT_S, check=False
        )
        packages = json.loads(asked.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError, KeyError):
        click.echo("The advisory service cannot be reached: nothing was looked up.")
        return 0
    weak = [package for package in packages if package.get("vulns")]
    for package in weak:
        for found in package["vulns"]:
            fixed = ", ".join(found.get("fix_versions", [])) or "no version yet"
            click.echo(f"{package['name']} {package['version']}: {found['id']}, fixed in {fixed}")
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    if unknown:
        click.echo(
            f"The advisory service does not know {len(unknown)} of {len(packages)} packages."
        )
    click.echo(f"{len(weak)} of {len(packages) - len(unknown)} packages looked up have a weakness.")
    return 1 if weak else 0


if __name__ == "__main__":
    sys.exit(main())
