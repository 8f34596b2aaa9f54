"""What of the team's files is not as a commit has it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from lab import prompts
from lab.errors import BadInput
from lab.evals.dataset import Dataset
from lab.evals.sources import sources


def changed(
    folder: Path, base: str, datasets: Sequence[Dataset], refs: Sequence[str]
) -> tuple[list[Dataset], list[str]]:
    """The datasets that differ from a commit, in their own files or those of their prompts, and a sentence
    for each that does not. `folder` is the team's; `refs` are asked instead of the datasets' own prompts.

    A label means what it meant then. Raises BadInput where git knows no such commit, or nothing at all.
    """
    top = Path(_git(folder, "rev-parse", "--show-toplevel", asked=folder).strip())
    commit = _commit(folder, base)
    files = {dataset.name: {file.resolve() for file in sources(dataset)} for dataset in datasets}
    shelf = (folder / "prompts").resolve()
    wanted = [_inside(file, top) for file in [shelf, *set().union(*files.values())]]
    kept, left_out = [], []
    with _checked_out(top, commit, [each for each in wanted if each]) as then:
        before = then / (_inside(shelf, top) or "prompts")
        for dataset in datasets:
            own = (file for file in files[dataset.name] if _differs(file, top, then))
            if any(own) or _prompts_differ(shelf, before, refs or dataset.prompts):
                kept.append(dataset)
            else:
                left_out.append(f"{dataset.name} is as it was in {base}. Nothing is asked.")
    return kept, left_out


def _prompts_differ(now: Path, then: Path, refs: Iterable[str]) -> bool:
    """Whether one of these names another version, another content or another few-shot set than it did."""
    found = ((_hashes(now, ref), _hashes(then, ref)) for ref in refs)
    return any(None in each or each[0] != each[1] for each in found)


def _hashes(folder: Path, ref: str) -> tuple[object, ...] | None:
    """What a reference stands for; None where that cannot be told."""
    try:
        prompt = prompts.load(folder, ref)
        examples = prompts.fewshot(folder, prompt.examples.set) if prompt.examples else None
    except BadInput:
        return None
    return prompt.version, prompt.hash, examples and examples.version, examples and examples.hash


def _differs(file: Path, top: Path, then: Path) -> bool:
    """A file outside the repository has no other state to differ from."""
    inside = _inside(file, top)
    if inside is None:
        return False
    before = then / inside
    return not before.is_file() or before.read_bytes() != file.read_bytes()


def _inside(file: Path, top: Path) -> str | None:
    """A path as git names it; None for one that is not in the repository."""
    return file.relative_to(top).as_posix() if file.is_relative_to(top) else None


@contextmanager
def _checked_out(top: Path, commit: str, wanted: Iterable[str]) -> Iterator[Path]:
    """These files, and all in these folders, as a commit has them, in a folder that goes again. It has an
    index of its own, so that nothing of the person's is touched."""
    wanted = set(wanted)
    with tempfile.TemporaryDirectory(prefix="lab-") as place:
        index, tree = {"GIT_INDEX_FILE": f"{place}/index"}, Path(place, "tree")
        _git(top, "read-tree", commit, environ=index)
        names = _git(top, "ls-files", "-z", environ=index).split("\0")
        taken = [name for name in names if wanted.intersection(_upwards(name))]
        prefix = f"--prefix={tree}/"
        _git(top, "checkout-index", "-z", "--stdin", prefix, environ=index, given="\0".join(taken))
        yield tree


def _upwards(name: str) -> Iterator[str]:
    """A path, and every folder that it is in."""
    while name:
        yield name
        name = name.rpartition("/")[0]


def _commit(folder: Path, base: str) -> str:
    try:
        return _git(
            folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{base}^{{commit}}"
        ).strip()
    except BadInput:
        raise BadInput(
            f"git knows no commit '{base}' here. Where only the newest was fetched, as CI does, fetch it "
            "first: `git fetch origin BRANCH`, then --changed FETCH_HEAD."
        ) from None


def _git(
    folder: Path, *arguments: str, environ: Mapping[str, str] = {}, given: str = "", asked: Path | None = None
) -> str:
    """What git says. Raises BadInput."""
    import subprocess

    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=folder,
            env={**os.environ, "LC_ALL": "C", **environ},
            input=os.fsencode(given),
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise BadInput("--changed asks git, and there is no git on this machine.") from None
    if done.returncode:
        if asked:
            raise BadInput(
                f"--changed compares with a commit, but {asked.resolve()} is in no git repository."
            )
        raise BadInput(f"git {arguments[0]} failed: {done.stderr.decode(errors='replace').strip()}")
    return os.fsdecode(done.stdout)
