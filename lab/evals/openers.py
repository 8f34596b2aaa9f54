"""What a prompt can be asked to begin with: what its team asks it in checks."""

from __future__ import annotations

from pathlib import Path

from lab.errors import BadInput
from lab.evals.cases import Case
from lab.evals.dataset import dataset_names, load


def openers(folder: Path, prompt: str, most: int) -> tuple[Case, ...]:
    """The first cases of the first dataset in a folder that is put to a prompt, of those that a question
    alone can ask, without earlier turns and files. None where there is no such dataset that can be read."""
    for name in dataset_names(folder) if folder.is_dir() else []:
        file = folder / f"{name}.yaml"
        try:
            if prompt not in file.read_text("utf-8"):
                continue  # whatever else is in it need not be read
            found = load(file)
        except (BadInput, OSError, UnicodeDecodeError):  # the page of datasets says what is wrong with it
            continue
        if prompt in {ref.partition("@")[0] for ref in found.prompts}:
            return tuple(case for case in found.cases if not case.turns and not case.files)[:most]
    return ()
