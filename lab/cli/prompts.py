"""The team's prompts and few-shot sets."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from lab.cli import Group
from lab.cli._out import note, say, say_json
from lab.cli._table import table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lab.prompts import Entry, FewShot, Prompt, Target


def _folder() -> Path:
    return Path.cwd() / "prompts"


@click.group(cls=Group, invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """List, show and compare prompts, save versions, move labels.

    A prompt is named `support` (its label production, else its newest version), `support@staging` or
    `support@3`; a few-shot set likewise, as `fewshot/support`.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(listing, as_json=as_json)
    elif ctx.get_parameter_source("as_json") is ParameterSource.COMMANDLINE:
        raise click.UsageError(f"Options of `{ctx.invoked_subcommand}` stand after it.", ctx)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def listing(as_json: bool) -> None:
    """List all prompts and few-shot sets with their versions and labels."""
    from lab import prompts

    entries = prompts.listing(_folder())
    if as_json:
        from dataclasses import asdict

        say_json([asdict(entry) for entry in entries])
    elif not entries:
        note("There are no prompts in the folder prompts. Write one: lab prompts new support")
    else:
        say(table([_row(entry) for entry in entries]))


@command.command()
@click.argument("ref")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(ref: str, as_json: bool) -> None:
    """Show one version, as it stands in its file."""
    from lab import prompts

    found = _load(ref)
    if as_json:
        say_json({"name": found.name, "version": found.version, "hash": found.hash} | prompts.fields(found))
    else:
        note(f"{found.name}@{found.version} · {found.hash[:12]}", dim=True)
        say(prompts.dump(found), end="")


@command.command()
@click.argument("old")
@click.argument("new")
def diff(old: str, new: str) -> None:
    """Compare two versions, word by word."""
    from lab import prompts

    changes = prompts.diff(_load(old), _load(new))
    if changes:
        say(prompts.shown(changes))
    else:
        note("They say the same.")


@command.command()
@click.argument("name")
def new(name: str) -> None:
    """Begin a prompt: writes a first version to edit."""
    from lab import prompts

    note(f"Wrote {prompts.new(_folder(), name)}. Edit it, then: lab prompts label {name} production 1")


@command.command()
@click.argument("name")
@click.option(
    "-f", "--file", type=click.Path(path_type=Path), help="The new version as YAML; else from stdin."
)
@click.option("-m", "--message", help="Why there is this version.")
@click.option(
    "--based-on", type=click.IntRange(1), metavar="N", help="Refuse if there is a version after this."
)
def save(name: str, file: Path | None, message: str | None, based_on: int | None) -> None:
    """Save a new version, and publish it: from then on its file must not change."""
    from lab import documents, prompts
    from lab.errors import BadInput

    if file is None and sys.stdin.isatty():
        raise BadInput("Name the file of the new version with --file, or pipe it in.")
    if file:
        document = documents.read(file)
    else:
        document = documents.parse(documents.decode(sys.stdin.buffer.read(), "stdin"), "stdin")
    if not isinstance(document.value, dict):
        raise document.error("a version is a table with `system` or `user`.")
    given = document.value | ({"message": message} if message else {})
    if based_on is None and name in (*prompts.names(_folder()), *prompts.sets(_folder())):
        based_on = max((each.number for each in prompts.versions(_folder(), name)), default=None)
    saved = prompts.save(_folder(), name, given, based_on)
    note(f"Saved {name}@{saved.version} in prompts/{name}/v{saved.version}.yaml.")


@command.command()
@click.argument("name")
@click.argument("label")
@click.argument("target")
@click.option(
    "--override", metavar="REASON", default="", help="Move it although a check that it requires has no PASS."
)
def label(name: str, label: str, target: str, override: str) -> None:
    """Point a label at a version, at shares such as 2:90,3:10, or at `none`.

    Where the label requires a check (see `lab prompts require`), the newest run of it must have passed with
    exactly this version; the run, or your reason, is put on record in labels.yaml.
    """
    from lab import prompts
    from lab.cli import _opened
    from lab.evals import promotion
    from lab.prompts import Unproven

    to = _target(target)
    if label not in prompts.about(_folder(), name).requires:
        if override:
            raise click.UsageError(f"{label} of {name} requires nothing: leave --override out.")
        labels = prompts.label(_folder(), name, label, to)
    else:
        chosen = _opened.settings()
        with _opened.lab(chosen) as lab:
            try:
                who = _opened.principal(chosen)
                labels = promotion.Promotion(name, label, to, override=override).carry_out(lab, who)
            except Unproven as error:
                raise Unproven(f'{error}\nTo move it all the same: --override "the reason"') from None
    note(f"{name}: {_labels(labels) or 'no labels'}")


@command.command()
@click.argument("name")
@click.argument("label")
@click.argument("checks", nargs=-1, required=True, metavar="DATASET...")
def require(name: str, label: str, checks: tuple[str, ...]) -> None:
    """Let a label point only to versions that passed these checks; `none` gives that up.

    \b
      lab prompts require support production support-check
    """
    from lab import evals, prompts
    from lab.errors import BadInput, nearest

    if checks == ("none",):
        checks = ()
    known = evals.dataset_names(Path.cwd() / "datasets")
    for check in checks:
        if check not in known:
            raise BadInput(f"There is no dataset '{check}' in the folder datasets.{nearest(check, known)}")
    prompts.require(_folder(), name, label, checks)
    note(f"{label} of {name} requires {' and '.join(checks) or 'nothing'}.")


@command.command()
def verify() -> None:
    """Look for published versions that changed, dangling labels, and files that cannot be read."""
    from lab import prompts

    if not _folder().is_dir():
        note("There is no folder prompts here.")
        return
    problems = prompts.verify(_folder())
    for problem in problems:
        note(problem)
    if problems:
        raise SystemExit(1)
    note(
        f"{len(prompts.names(_folder()))} prompts and {len(prompts.sets(_folder()))} few-shot sets are sound."
    )


def _load(ref: str) -> Prompt | FewShot:
    from lab import prompts

    return prompts.thing(_folder(), ref)


def _row(entry: Entry) -> dict[str, str]:
    versions = ", ".join(f"{each.number}{'' if each.published else ' (draft)'}" for each in entry.versions)
    return {
        "prompt": entry.name,
        "versions": versions,
        "labels": _labels(entry.labels),
        "about": entry.error or " · ".join(filter(None, (entry.description, entry.message))),
    }


def _labels(labels: Mapping[str, Target]) -> str:
    from lab import prompts

    return " · ".join(f"{name} {prompts.told(target)}" for name, target in labels.items())


def _target(text: str) -> Target | None:
    """`3`, `2:90,3:10`, or `none`. Raises BadInput."""
    from lab.errors import BadInput

    if text == "none":
        return None
    try:
        if ":" not in text:
            return int(text)
        return {int(version): int(share) for version, share in (part.split(":") for part in text.split(","))}
    except ValueError:
        raise BadInput(f"'{text}' is no version. Write 3, 2:90,3:10, or none.") from None
