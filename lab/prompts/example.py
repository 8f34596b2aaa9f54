"""One more example in a few-shot set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lab.errors import BadInput
from lab.prompts import form, shelf
from lab.prompts.prompt import fields


def with_example(
    folder: Path, name: str, version: int, input: str, output: str, message: str
) -> dict[str, Any]:
    """The fields of a version of a set, and this at the end; `message` says why. Raises BadInput."""
    if not (input.strip() and output.strip()):
        raise BadInput("An example needs an input and an output. Write both.")
    if not message.strip():
        raise BadInput("Say why there is a new version.")
    boxes = form.form(shelf.thing(folder, f"{name}@{version}"))
    boxes["pairs"] = [*boxes["pairs"], {"input": input, "output": output}]
    return fields(form.checked(boxes, name)) | {"message": message.strip()}
