"""`nummer refunds …`: the refund policy at the command line; needs no database."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import click
import yaml

from nummer.policy.refund.output import decide_plain

BUILT_DOMAINS = frozenset({"refund"})


class _PlainLoader(yaml.SafeLoader):
    """Reads YAML without guessing: instants stay text, and NO is Norway, not a boolean."""


_GUESSED = ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool")
_PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _GUESSED]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_PlainLoader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile("^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


@click.group("refunds")
def group() -> None:
    """Judge refunds by the published policy."""


@group.command("decide")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def decide(file: Path) -> None:
    """Print one JSON line per scenario of FILE, a YAML file of facts and requests."""
    for scenario in _scenarios(file):
        click.echo(json.dumps(_answer(scenario), ensure_ascii=False))


def _scenarios(file: Path) -> list[Mapping[str, object]]:
    try:
        # The loader is a SafeLoader with fewer guesses.
        content = yaml.load(file.read_bytes(), Loader=_PlainLoader)  # noqa: S506 -- see above
    except (yaml.YAMLError, UnicodeDecodeError, OSError, ValueError, RecursionError) as error:
        raise click.ClickException("The file cannot be read as YAML.") from error
    scenarios = content.get("scenarios") if isinstance(content, Mapping) else None
    if not isinstance(scenarios, list) or not all(isinstance(s, Mapping) for s in scenarios):
        raise click.ClickException("The file needs a list `scenarios` of mappings.")
    return scenarios


def _answer(scenario: Mapping[str, object]) -> dict[str, object]:
    domain = scenario.get("domain", "refund")
    if domain not in BUILT_DOMAINS:
        return {"id": scenario.get("id"), "decision": "NOT_YET"}
    decision = decide_plain(scenario.get("facts"), scenario.get("request"))
    return {"id": scenario.get("id"), **decision}
