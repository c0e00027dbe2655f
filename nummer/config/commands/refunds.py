"""`nummer refunds …`: the refund policy at the command line; only `replay` needs the database."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import yaml

from nummer.config.processes import Trouble
from nummer.policy.refund.output import decide_plain

if TYPE_CHECKING:
    from uuid import UUID

    from nummer.apps.refunds.replay import ReplayRow

SHELL: Final = "system:shell"
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


@group.command("replay")
@click.option("--json", "as_json", is_flag=True, help="Print one object at the end.")
def replay(*, as_json: bool) -> None:
    """Compute every stored decision anew; exit 1 where one does not give itself.

    Nothing is changed but the progress. A run that was stopped goes on where it stood, whether it
    was begun here or on the page of the staff.
    """
    import django  # noqa: PLC0415 -- not needed for --help

    from nummer.config.env import environment, use_settings  # noqa: PLC0415 -- as above

    use_settings()
    django.setup()
    from django.db import OperationalError  # noqa: PLC0415 -- as above

    from nummer.config import clock as clocks  # noqa: PLC0415 -- as above

    clocks.install_where_needed(environment())
    try:
        run_id = _replay()
        lines, run = _told(run_id, as_json=as_json)
    except OperationalError as away:
        raise Trouble("The database does not answer. Is Nummer running?") from away
    click.echo("\n".join(lines))
    sys.exit(1 if run.differing else 0)


def _replay() -> UUID:
    """Take all batches of the run, with a bar on standard error where that is a terminal."""
    from nummer.apps.refunds import replay as replays  # noqa: PLC0415 -- needs Django
    from nummer.kernel import clock  # noqa: PLC0415 -- as above

    run_id = replays.start_replay(actor=SHELL, now=clock.now(), as_job=False)
    run = replays.replay_run(run_id)
    with click.progressbar(
        length=run.total, label="Decisions", file=sys.stderr, show_pos=True
    ) as bar:
        bar.update(run.done)
        while replays.replay_batch(run_id, now=clock.now()):
            before, run = run, replays.replay_run(run_id)
            bar.update(run.done - before.done)
    return run_id


def _told(run_id: UUID, *, as_json: bool) -> tuple[list[str], ReplayRow]:
    from nummer.apps.refunds import replay as replays  # noqa: PLC0415 -- needs Django

    run, found = replays.replay_run(run_id), replays.found_differences(run_id)
    if as_json:
        plain = {
            "run": str(run.id),
            "decisions": run.done,
            "differing": run.differing,
            "differences": [
                {
                    "account_id": row.account_id,
                    "decision_id": str(row.decision_id),
                    "parts": list(row.parts),
                }
                for row in found
            ],
        }
        return [json.dumps(plain, indent=2)], run
    lines = [f"Decisions recomputed: {run.done}. Differing: {run.differing}."]
    lines += [f"{row.account_id} {row.decision_id}: {', '.join(row.parts)}" for row in found]
    if len(found) < run.differing:
        lines.append(f"The first {len(found)} are listed; the page of the staff has them all.")
    return lines, run
