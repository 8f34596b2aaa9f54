"""Putting what was converted into the team's folder: all of it, or nothing."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

from lab import documents, prompts
from lab.errors import BadInput
from lab.evals.dataset import load
from lab.evals.promptfoo._conversion import Imported


def place(folder: Path, made: Imported) -> list[Path]:
    """Write prompts, datasets, cases and graders; gives the files. Raises BadInput where one is there
    already or cannot be written, and for a dataset that would not load."""
    taken = [folder / "prompts" / made.name] + [folder / "datasets" / name for name in _names(made)]
    for path in taken:
        if path.exists():
            raise BadInput(f"{path} is there already; nothing was written. Choose another --name.")
    try:
        with tempfile.TemporaryDirectory() as draft:
            _write(Path(draft), made)
            _tried(Path(draft), folder, made)
            written = sorted(path for path in Path(draft).rglob("*") if path.is_file())
            targets = [folder / path.relative_to(draft) for path in written]
            for path, target in zip(written, targets, strict=True):
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
    except OSError as error:
        raise BadInput(f"{error.filename} cannot be written: {error.strerror}.") from None
    return targets


def _tried(draft: Path, folder: Path, made: Imported) -> None:
    """Raises BadInput, in terms of where the files were to go, for a dataset that does not load."""
    try:
        for name in made.datasets:
            load(draft / "datasets" / f"{name}.yaml")
    except BadInput as error:
        raise BadInput(str(error).replace(str(draft), str(folder))) from None


def _names(made: Imported) -> list[str]:
    cases = [f"{name}.{ending}" for name in made.datasets for ending in ("yaml", "jsonl")]
    return cases + ([f"{made.name}_graders.py"] if made.graders else []) + list(made.files)


def _write(draft: Path, made: Imported) -> None:
    datasets = draft / "datasets"
    datasets.mkdir()
    based_on = None
    for version in made.versions:
        fields = {key: value for key, value in version.items() if value not in ("", None, {}, [])}
        based_on = prompts.save(draft / "prompts", made.name, fields, based_on).version
    for name, table in made.datasets.items():
        (datasets / f"{name}.yaml").write_text(documents.dump(table), encoding="utf-8")
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in made.rows[name])
        (datasets / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
    if made.graders:
        (datasets / f"{made.name}_graders.py").write_text(made.graders, encoding="utf-8")
    for path, source in made.files.items():
        (datasets / path).parent.mkdir(exist_ok=True)
        shutil.copyfile(source, datasets / path)
