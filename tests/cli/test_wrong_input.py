"""Everything that can be typed or set wrongly: what it is answered with, and that nothing is on stdout."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.cli.running import CANARY, run

ASK = ("ask", "hi")
FULL = 32 * 2**20 + 1


@dataclass(frozen=True)
class Wrong:
    """`words` stand on stderr, in this order."""

    id: str
    arguments: tuple[str | bytes, ...]
    code: int
    words: tuple[str, ...]
    toml: str | bytes = b""
    environ: dict[str, str] = field(default_factory=dict)
    input: bytes | None = None
    prepare: Callable[[], object] = lambda: None


def other_program() -> None:
    with sqlite3.connect("other.db") as database:
        database.execute("CREATE TABLE theirs (id)")


TYPED = (
    Wrong("unknown command", ("asl",), 2, ("lab: No command 'asl'. Did you mean 'ask'?", "`lab --help`")),
    Wrong("no such command", ("zzz",), 2, ("No command 'zzz'. There are: ablate, alerts, ask, ",)),
    Wrong(
        "unknown option", ("ask", "--jsn", "hi"), 2, ("lab: No such option '--jsn'", "--json", "ask --help")
    ),
    Wrong("no question", ("ask",), 2, ("lab: There is no question. Write one: lab ask",)),
    Wrong("blank question", ("ask", "  "), 2, ("There is no question.",)),
    Wrong("blank input", ("ask",), 2, ("There is no question.",), input=b" \n"),
    Wrong("two conversations", (*ASK, "-c", "--conversation", "x"), 2, ("-c goes on with the latest",)),
    Wrong("nothing to go on with", (*ASK, "-c"), 2, ("There is no conversation to continue.",)),
    Wrong("unknown conversation", (*ASK, "--conversation", "x"), 2, ("no conversation 'x'", "lab logs")),
    Wrong("no tokens", (*ASK, "--max-tokens", "0"), 2, ("--max-tokens", "0 is not in the range")),
    Wrong("tokens in words", (*ASK, "--max-tokens", "ten"), 2, ("--max-tokens", "'ten'")),
    Wrong("too many tokens", (*ASK, "--max-tokens", "200000"), 2, ("200,000", "writes at most 128,000.")),
    Wrong("unknown model", (*ASK, "-m", "claude-sonet-5-5"), 2, ("Did you mean 'claude-sonnet-5-5'?",)),
    Wrong("unknown effort", (*ASK, "--effort", "hihg"), 2, ("'hihg'", "low, medium, high")),
    Wrong(
        "no effort", (*ASK, "--effort", "low", "-m", "claude-haiku-4-5"), 2, ("does not take effort 'low'",)
    ),
    Wrong("question not UTF-8", ("ask", b"\xff"), 2, ("Argument 2 is not UTF-8 text: '\\udcff'.",)),
    Wrong("system not UTF-8", (*ASK, "-s", b"a\xff"), 2, ("Argument 4 is not UTF-8",)),
    Wrong("conversation not UTF-8", (*ASK, "--conversation", b"\xff"), 2, ("Argument 4 is not UTF-8",)),
    Wrong("input not UTF-8", ASK, 2, ("What was piped in is not UTF-8 text (line 2).",), input=b"a\nb\xff"),
    Wrong("too much input", ASK, 2, ("What was piped in is longer than 32 MB.",), input=b"a" * FULL),
    Wrong(
        "no such call", ("logs", "show", "x"), 2, ("There are no calls in", "lab.db yet. Make one: lab ask")
    ),
    Wrong("no last call", ("logs", "show", "last"), 2, ("There are no calls in",)),
    Wrong("no call named", ("logs", "show"), 2, ("Missing argument 'ID'.", "`lab logs show --help`")),
    Wrong("no such conversation", ("logs", "conversations", "x"), 2, ("There are no calls in",)),
    Wrong("since nonsense", ("logs", "conversations", "--since", "x"), 2, ("‘x’ is no time",)),
    Wrong("a list of one", ("logs", "conversations", "x", "--user", "b"), 2, ("without an ID",)),
    Wrong(
        "call as command", ("logs", "t3y9"), 2, ("No command 't3y9'. There are: compact, conversations, ",)
    ),
    Wrong("yes to nothing", ("logs", "--yes"), 2, ("--yes goes with --rerun-unknown.",)),
    Wrong("none listed", ("logs", "-n", "0"), 2, ("--limit",)),
    Wrong("option too early", ("logs", "--json", "show", "last"), 2, ("Options of `show` stand after it.",)),
    Wrong("port", ("sim", "--port", "99999"), 2, ("--port", "99999")),
    Wrong("speed", ("sim", "--speed", "nan"), 2, ("--speed is nan",)),
)

SETTINGS = (
    Wrong("syntax", ASK, 2, ("lab.toml, line 2: Invalid value.", "quotes"), "\nmodel = claude"),
    Wrong("twice", ASK, 2, ("lab.toml, line 2: Cannot overwrite a value.",), "user = 'a'\nuser = 'b'"),
    Wrong(
        "unknown setting", ASK, 2, ("lab.toml, line 1: no setting 'modle'. Did you mean 'model'?",), "modle=1"
    ),
    Wrong(
        "wrong type", ASK, 2, ("lab.toml, line 3: max_tokens must be a whole number",), "\n\nmax_tokens='5'"
    ),
    Wrong(
        "negative", ASK, 2, ("lab.toml, line 1: total_timeout must be a number", "-5."), "total_timeout = -5"
    ),
    Wrong("NaN", ("logs",), 2, ("line 1: sim_speed must be a number", "NaN"), "sim_speed = nan"),
    Wrong(
        "field of a model",
        ASK,
        2,
        ("lab.toml, line 3, [models.\"x\"]: no field 'contxt'.", "'context'"),
        '[models.y]\ncontext = 1\n[models."x"]\ncontxt = 1',
    ),
    Wrong(
        "address",
        ("models",),
        2,
        ('lab.toml, line 1, [endpoints."x"]: base_url must start with https://',),
        '[endpoints.x]\nbase_url = "ftp://x"',
    ),
    Wrong(
        "secret in an address",
        ASK,
        2,
        ("base_url must not hold a user name or password",),
        f'[endpoints.x]\nbase_url = "https://a:{CANARY}@x"',
    ),
    Wrong("not UTF-8", ASK, 2, ("lab.toml, line 2: this is not UTF-8.",), b"\nuser = '\xff'"),
    Wrong(
        "folder",
        ASK,
        2,
        ("lab.toml cannot be read: Is a directory.",),
        prepare=lambda: Path("lab.toml").mkdir(),
    ),
    Wrong(
        "variable", ASK, 2, ("lab: LAB_MAX_TOKENS must be", 'not "abc".'), environ={"LAB_MAX_TOKENS": "abc"}
    ),
    Wrong(
        "variable not UTF-8", ASK, 2, ("LAB_USER must be one line of text",), environ={"LAB_USER": "a\udcff"}
    ),
    Wrong(
        ".env",
        ASK,
        2,
        (".env, line 2: this is not NAME=value.",),
        prepare=lambda: Path(".env").write_text(f"A=1\nANTHROPIC_API_KEY {CANARY}\n"),
    ),
    Wrong("model of the settings", ASK, 2, ("No model 'nope'.",), environ={"LAB_MODEL": "nope"}),
)

SURROUNDINGS = (
    Wrong(
        "key",
        ASK,
        3,
        ("lab: ANTHROPIC_API_KEY holds a line break",),
        environ={"ANTHROPIC_API_KEY": f"{CANARY}\n"},
    ),
    Wrong(
        "no key",
        ASK,
        3,
        ("ANTHROPIC_BASE_URL is set, but no key",),
        environ={"ANTHROPIC_BASE_URL": "http://127.0.0.1:9"},
    ),
    Wrong("database is a folder", ASK, 3, ("/work is a folder.", "LAB_DB"), environ={"LAB_DB": "."}),
    Wrong(
        "database is a text",
        ASK,
        3,
        ("lab.toml is not a SQLite database.",),
        "user = 'a'",
        {"LAB_DB": "lab.toml"},
    ),
    Wrong(
        "another's database",
        ASK,
        3,
        ("other.db is the database of another program.",),
        environ={"LAB_DB": "other.db"},
        prepare=other_program,
    ),
    Wrong(
        "database in a file",
        ASK,
        3,
        ("lab.toml/lab.db cannot be used",),
        "user = 'a'",
        {"LAB_DB": "lab.toml/lab.db"},
    ),
    Wrong(
        "another's log",
        ("logs",),
        3,
        ("is the database of another program.",),
        environ={"LAB_DB": "other.db"},
        prepare=other_program,
    ),
)


@pytest.mark.parametrize("wrong", (*TYPED, *SETTINGS, *SURROUNDINGS), ids=lambda wrong: wrong.id)
def test_wrong_input_gets_a_sentence_and_no_output(wrong: Wrong, monkeypatch: pytest.MonkeyPatch) -> None:
    if wrong.toml:
        Path("lab.toml").write_bytes(wrong.toml if isinstance(wrong.toml, bytes) else wrong.toml.encode())
    for name, value in wrong.environ.items():
        monkeypatch.setenv(name, value)
    wrong.prepare()
    done = run(*wrong.arguments, **({"input": wrong.input} if wrong.input is not None else {}))
    assert (done.returncode, done.stdout) == (wrong.code, ""), done.stderr
    rest = done.stderr
    for words in wrong.words:
        assert words in rest, done.stderr
        rest = rest.partition(words)[2]
    assert "Traceback" not in done.stderr and "unexpected" not in done.stderr
    assert CANARY not in done.stderr
