"""Settings: from `lab.toml` and `LAB_*` variables of the working folder, checked once, frozen."""

from __future__ import annotations

import getpass
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from io import StringIO
from pathlib import Path
from typing import Any

from lab import settingsfile
from lab.errors import BadInput

TABLES = ("models", "endpoints", "routes", "objectives", "alerts")
FLAT = ("alerts",)
"""Of these, those that are one table, and not one for each name."""
LARGEST = 1_000_000_000


@dataclass(frozen=True)
class Settings:
    """What a team may set. Each plain setting `x` is `x = …` in lab.toml or `LAB_X` in the environment."""

    model: str = field(default="claude-sonnet-5-5", metadata={"doc": "model asked when none is named"})
    max_tokens: int = field(default=1024, metadata={"doc": "longest answer, in tokens"})
    db: Path = field(default=Path(".lab/lab.db"), metadata={"doc": "the SQLite database"})
    user: str = field(default="", metadata={"doc": "who you are in the log; your login name when empty"})
    max_input_tokens: int = field(
        default=0,
        metadata={"doc": "most tokens that one request may send; 0: as many as the model takes", "least": 0},
    )
    connect_timeout: float = field(default=10.0, metadata={"doc": "seconds to reach the endpoint"})
    first_token_timeout: float = field(default=60.0, metadata={"doc": "seconds to the first token"})
    silence_timeout: float = field(default=30.0, metadata={"doc": "seconds without a token after the first"})
    thinking_timeout: float = field(
        default=180.0, metadata={"doc": "takes the place of the two above while the model may be thinking"}
    )
    total_timeout: float = field(default=900.0, metadata={"doc": "seconds a call may last in all"})
    longest_wait: float = field(
        default=20.0, metadata={"doc": "longest `retry-after`, in seconds, that the lab waits by itself"}
    )
    longest_wait_in_checks: float = field(
        default=120.0, metadata={"doc": "the same in checks, which nobody sits in front of"}
    )
    max_cost: float = field(
        default=0.0, metadata={"doc": "most that a check may cost, in dollars; 0: as much as it takes"}
    )
    confirm_above: float = field(
        default=1.0,
        metadata={"doc": "dollars that a check may be expected to cost before it asks whether to go on"},
    )
    pool_size: int = field(
        default=1000, metadata={"doc": "most connections to an endpoint at once; further calls wait"}
    )
    keep_alive: float = field(
        default=120.0, metadata={"doc": "seconds an idle connection is kept for the next call; 0: not at all"}
    )
    sim_speed: float = field(
        default=1.0, metadata={"doc": "pace of the simulated Claude: 1 lifelike, 2 twice that, 0 at once"}
    )
    grace: float = field(
        default=5.0, metadata={"doc": "seconds an answer goes on in the app after its last reader has left"}
    )
    log: str = field(
        default="off",
        metadata={
            "doc": "a line of JSON for every call that ends: `off`, `json` to stderr, or a file to append to",
            "form": r"off|json|.+\.(log|json|jsonl)",
            "wanted": "off, json, or a file whose name ends in .log, .json or .jsonl",
        },
    )
    telemetry_content: str = field(
        default="off",
        metadata={
            "doc": "`on` puts the words of prompts and answers into telemetry; all else is there anyway",
            "form": "off|on",
            "wanted": '"off" or "on"',
        },
    )
    full_text: str = field(
        default="on",
        metadata={
            "doc": "`off` keeps no index of what calls say: the database is smaller, and cannot be searched",
            "form": "off|on",
            "wanted": '"off" or "on"',
        },
    )
    keep_days: int = field(default=0, metadata={"doc": "days that calls are kept; 0: for ever", "least": 0})
    metrics: str = field(
        default="off",
        metadata={
            "doc": "`on` serves `/metrics` to other machines, too, where the app listens to them",
            "form": "off|on",
            "wanted": '"off" or "on"',
        },
    )
    models: Mapping[str, Any] = field(default_factory=dict, metadata={"doc": "models changed or added"})
    endpoints: Mapping[str, Any] = field(default_factory=dict, metadata={"doc": "further endpoints"})
    routes: Mapping[str, Any] = field(default_factory=dict, metadata={"doc": "rules that pick the model"})
    objectives: Mapping[str, Any] = field(
        default_factory=dict, metadata={"doc": "what answers should keep to"}
    )
    alerts: Mapping[str, Any] = field(
        default_factory=dict, metadata={"doc": "from where on something is an alert, and who is told"}
    )


KINDS = {f.name: dict if f.name in TABLES else type(f.default) for f in fields(Settings)}
FORMS = {f.name: (f.metadata["form"], f.metadata["wanted"]) for f in fields(Settings) if "form" in f.metadata}
LEAST = {f.name: f.metadata["least"] for f in fields(Settings) if "least" in f.metadata}
VARIABLES = {f"LAB_{name.upper()}": name for name in KINDS if name not in TABLES}
SHIPPED_DATA = "LAB_DATA"  # no setting: shipped datasets look there, as any may in any variable


def load(folder: Path, environ: Mapping[str, str]) -> Settings:
    """The settings in force in a folder. The environment goes before lab.toml, that before the defaults.

    An empty variable counts as not set; a relative `db` starts from the folder. Raises BadInput that names
    file, line and setting, or the variable.
    """
    file = folder / "lab.toml"
    text = settingsfile.read(file)
    values: dict[str, Any] = {}
    for name, value in settingsfile.parse(file, text).items():
        where = f"{file}, line {settingsfile.line(text, name)}"
        if name not in KINDS:
            raise BadInput(f"{where}: no setting '{name}'.{_nearest(name, KINDS)}")
        values[name] = _checked(name, value, f"{where}: {name}")
        if name in TABLES:
            _check_tables(name, value, file, text)
    for variable, name in VARIABLES.items():
        if environ.get(variable):
            values[name] = _checked(name, _read_as(KINDS[name], environ[variable]), variable)
    values["db"] = folder / values.get("db", Settings.db)
    values["user"] = values.get("user") or _login()
    if values.get("log", "off") not in ("off", "json"):
        values["log"] = str(folder / os.path.expanduser(values["log"]))
    return Settings(**values)


def sources(folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Where each setting comes from: `LAB_MODEL`, `lab.toml, line 3`, or nowhere (""). Raises BadInput."""
    text = settingsfile.read(folder / "lab.toml")
    given = settingsfile.parse(folder / "lab.toml", text)
    found = {name: f"lab.toml, line {settingsfile.line(text, name)}" for name in given}
    found |= {name: variable for variable, name in VARIABLES.items() if environ.get(variable)}
    return {name: found.get(name, "") for name in KINDS}


def load_env_file(folder: Path) -> None:
    """Put the folder's `.env` into the process environment; what is set already stays.

    Raises BadInput for a line that is not NAME=value: a key on it would be missing without a word.
    """
    file = folder / ".env"
    if not file.is_file():
        return
    from dotenv import load_dotenv
    from dotenv.parser import parse_stream

    text = settingsfile.read(file)
    for binding in parse_stream(StringIO(text)):
        if binding.error or "\0" in (binding.value or ""):
            written = binding.original  # with the empty lines before it
            line = written.line + re.match(r"\s*", written.string)[0].count("\n")
            raise BadInput(f"{file}, line {line}: this is not NAME=value.")
    load_dotenv(stream=StringIO(text), override=False)


def heading(table: str) -> str:
    """How one of `TABLES` begins in lab.toml."""
    return f"[{table}]" if table in FLAT else f"[{table}.NAME]"


def strangers(environ: Mapping[str, str]) -> list[str]:
    """A sentence for each `LAB_*` variable that is no setting: most likely one that was mistyped."""
    names = sorted(each for each in environ.keys() - {SHIPPED_DATA, *VARIABLES} if each.startswith("LAB_"))
    return [f"{name} sets nothing.{_nearest(name, VARIABLES)}" for name in names]


def _checked(name: str, value: Any, subject: str) -> Any:
    """The value as its setting takes it. Raises BadInput with a sentence about `subject`."""
    kind = KINDS[name]
    if kind is dict:
        wanted, fits = f"{'a table' if name in FLAT else 'tables'}: {heading(name)}", isinstance(value, dict)
    elif kind is int:
        least = LEAST.get(name, 1)
        wanted = f"a whole number from {least} to {LARGEST:,}"
        fits = type(value) is int and least <= value <= LARGEST
    elif kind is float:
        timeout = name.endswith("_timeout")
        wanted = f"a number {'above' if timeout else 'from'} 0, up to {LARGEST:,}"
        fits = type(value) in (int, float) and 0 <= value <= LARGEST and not (timeout and value == 0)
    else:
        form, wanted = FORMS.get(name, (r".*" if name == "user" else r".+", "one line of text"))
        fits = isinstance(value, str) and value.isprintable() and re.fullmatch(form, value)
    if not fits:
        shown = json.dumps(value, ensure_ascii=False, default=str)
        raise BadInput(f"{subject} must be {wanted}, not {shown[:80]}.")
    if name != "db":
        return kind(value)
    try:
        return Path(value).expanduser()
    except RuntimeError:
        raise BadInput(f"{subject} begins with the home folder of nobody here: {value}.") from None


def _check_tables(name: str, tables: Mapping[str, Any], file: Path, text: str) -> None:
    """Raise BadInput for a table that the catalogue refuses, naming the line on which it begins."""
    from lab import alerting, models, objectives, routing

    check = {
        "models": models.catalogue,
        "endpoints": models.endpoints,
        "routes": routing.rules,
        "objectives": objectives.objectives,
        "alerts": alerting.alerting,
    }[name]
    for key, table in tables.items():
        try:
            check({key: table})
        except BadInput as error:
            where = f"{file}, line {settingsfile.line(text, name, key)}"
            raise BadInput(str(error).replace("lab.toml", where, 1)) from None


def _read_as(kind: type, text: str) -> Any:
    """A variable's text as the number it should be; as it is where it is none."""
    try:
        return kind(text) if kind in (int, float) else text
    except ValueError:
        return text


def _nearest(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, known, 1, 0.5)
    return f" Did you mean '{near[0]}'?" if near else f" There are: {', '.join(known)}."


def _login() -> str:
    try:
        name = getpass.getuser()
    except (OSError, KeyError):
        name = f"uid-{os.getuid()}"
    return name.encode(errors="replace").decode()
