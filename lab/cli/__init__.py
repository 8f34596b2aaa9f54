"""The command line: one file, one command. Answers go to stdout, everything else to stderr."""

from __future__ import annotations

import signal
import sys
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path

import click

from lab import __version__
from lab.cli._out import complain, ready, silence, whole
from lab.cli._signals import handle
from lab.errors import LabError

EXIT_CODES = """\b
Exit codes: 0 done · 1 failed (a check, or Claude declined) · 2 asked wrongly
            3 could not run · 4 inconclusive · 130 interrupted"""


class Group(click.Group):
    """Names the nearest command, or all there are, where one is mistyped."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        known = self.list_commands(ctx)
        if args and not args[0].startswith("-") and args[0] not in known:
            near = get_close_matches(args[0], known, 1)
            advice = f"Did you mean '{near[0]}'?" if near else f"There are: {', '.join(known)}."
            raise click.UsageError(f"No command '{args[0]}'. {advice}", ctx)
        return super().resolve_command(ctx, args)


class Commands(Group):
    """Finds the commands in this folder and imports only the one that is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        files = Path(__file__).parent.glob("*.py")
        return sorted(file.stem for file in files if not file.stem.startswith("_"))

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        return import_module(f"lab.cli.{name}").command if name in self.list_commands(ctx) else None


@click.group(
    cls=Commands,
    epilog=EXIT_CODES,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="lab")
@click.pass_context
def lab(ctx: click.Context) -> None:
    """Versioned prompts, streamed chat and regression checks for teams that build on Claude.

    Without a command it opens the app in the browser, as `lab ui` does.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(import_module("lab.cli.ui").command)


def main() -> None:
    """Run a command and end the process with its exit code. Errors are sentences, never tracebacks."""
    ready()
    handle(signal.default_int_handler)  # a polite kill is a Ctrl-C
    code = _run()
    handle(signal.SIG_IGN)  # all is done: a late Ctrl-C ends nothing
    try:
        sys.stdout.flush()
    except OSError:  # whoever read the output is gone, which is no news to them
        silence()
    sys.exit(code)


def _run() -> int:
    try:
        _all_text(sys.argv[1:])
        return lab.main(prog_name="lab", standalone_mode=False) or 0
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except LabError as error:
        return complain(whole(error), error.exit_code)
    except click.ClickException as error:
        ctx = getattr(error, "ctx", None)
        help = f" `{ctx.command_path} --help` shows how." if ctx else ""
        return complain(f"{error.format_message()}{help}", error.exit_code)
    except (KeyboardInterrupt, click.Abort, BrokenPipeError):
        return 130
    except Exception as error:
        return complain(f"Something unexpected happened: {type(error).__name__}: {error}{_place(error)}", 3)


def _all_text(arguments: list[str]) -> None:
    """Refuse bytes that are not UTF-8, which neither the API nor the database takes."""
    for position, argument in enumerate(arguments, 1):
        try:
            argument.encode()
        except UnicodeEncodeError:
            raise click.UsageError(f"Argument {position} is not UTF-8 text: {argument!a}.") from None


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f" ({trace.tb_frame.f_code.co_filename}, line {trace.tb_lineno})" if trace else ""
