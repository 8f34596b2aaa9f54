"""The team's prompts: immutable versions in plain files, labels, few-shot sets, and what is sent for them.

`load(folder, "support@staging")` reads one, `build` puts a person's input and values into it.
"""

from __future__ import annotations

from lab.prompts.audit import verify
from lab.prompts.behaviour import policy
from lab.prompts.changes import Change, Piece, diff, folded, pieces, shown
from lab.prompts.edits import label, labelling, new, require, save, saved, saving, writable
from lab.prompts.example import with_example
from lab.prompts.filling import Filled, build, options
from lab.prompts.form import BOXES, Form, as_yaml, checked, form, given, pairs
from lab.prompts.history import Past, history, pointing
from lab.prompts.naming import named
from lab.prompts.patch import patch
from lab.prompts.plan import Conflict, Edit
from lab.prompts.prompt import Example, Examples, FewShot, Prompt, Variable, dump, fields
from lab.prompts.proof import Proof, Proofs, Unproven
from lab.prompts.reading import EFFORTS
from lab.prompts.register import PRODUCTION, Target, pointed, shared, steps, told
from lab.prompts.shelf import (
    SETS,
    Entry,
    Version,
    about,
    entry,
    fewshot,
    labels,
    listing,
    load,
    names,
    resolve,
    sets,
    source,
    thing,
    versions,
)
from lab.prompts.template import Fault, placeholders, render

__all__ = [
    "BOXES",
    "EFFORTS",
    "PRODUCTION",
    "SETS",
    "Change",
    "Conflict",
    "Edit",
    "Entry",
    "Example",
    "Examples",
    "Fault",
    "FewShot",
    "Filled",
    "Form",
    "Past",
    "Piece",
    "Prompt",
    "Proof",
    "Proofs",
    "Target",
    "Unproven",
    "Variable",
    "Version",
    "about",
    "as_yaml",
    "build",
    "checked",
    "diff",
    "dump",
    "entry",
    "fewshot",
    "fields",
    "folded",
    "form",
    "given",
    "history",
    "label",
    "labelling",
    "labels",
    "listing",
    "load",
    "named",
    "names",
    "new",
    "options",
    "pairs",
    "patch",
    "pieces",
    "placeholders",
    "pointed",
    "pointing",
    "policy",
    "render",
    "require",
    "resolve",
    "save",
    "saved",
    "saving",
    "sets",
    "shared",
    "shown",
    "source",
    "steps",
    "thing",
    "told",
    "verify",
    "versions",
    "with_example",
    "writable",
]
