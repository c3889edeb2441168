"""The Typer application. Commands import what they need when they run: a process loads what it uses and no more."""

import gc
import logging
import os
import sys
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from seiche.cli.commands import doctor, drain, events, init, issues, processes, project, regroup, status, token, up
from seiche.cli.output import coloured, say
from seiche.errors import SeicheError

USAGE_ERROR = 2
INTERRUPTED = 130


class Commands(TyperGroup):
    """Turns errors into a sentence and an exit code; `--debug`, wherever it stands, shows the traceback as well."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take `--debug` out of any place of the command line."""
        own = args[: args.index("--")] if "--" in args else args
        ctx.meta["seiche.debug"] = "--debug" in own
        return super().parse_args(ctx, [word for number, word in enumerate(args) if word != "--debug" or number >= len(own)])

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (SeicheError, OSError) as error:
            if isinstance(error, BrokenPipeError):
                sys.stderr.close()  # whoever read us has gone; the interpreter would complain once more at exit
                raise typer.Exit(1) from error
            _explain(ctx, error, str(error))
            raise typer.Exit(1) from error
        except KeyboardInterrupt as error:
            raise typer.Exit(INTERRUPTED) from error
        except Exception as error:
            if type(error).__module__.startswith("typer"):
                raise  # usage errors and exits: Typer prints them
            advice = "this is a defect of Seiche: run it again with --debug and report what it prints"
            _explain(ctx, error, f"{type(error).__name__}: {error}\n{advice}")
            raise typer.Exit(1) from error


def _explain(ctx: Any, error: BaseException, text: str) -> None:
    fault_of_a_process = ctx.invoked_subcommand in processes.COMMANDS and not isinstance(error, SeicheError)
    if ctx.meta.get("seiche.debug") or fault_of_a_process:  # its log is where people look
        import traceback

        say("".join(traceback.format_exception(error)).rstrip())
    say(f"{coloured('error', 'red', sys.stderr)}: {text}")


app = typer.Typer(
    name="seiche",
    cls=Commands,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"seiche {version('seiche')}")
        raise typer.Exit


@app.callback()
def root(
    _version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")] = False,
    _debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks; may stand anywhere on the line.")] = False,
) -> None:
    """Seiche: error tracking on your own lakehouse."""


app.command("up")(up.up)
app.command("init")(init.init)
app.command("status")(status.status)
app.command("drain")(drain.drain)
app.command("doctor")(doctor.doctor)
for name, group in (
    ("project", project.app),
    ("token", token.app),
    ("events", events.app),
    ("issues", issues.app),
    ("regroup", regroup.app),
):
    app.add_typer(group, name=name)
for name, command in processes.COMMANDS.items():
    app.command(name, rich_help_panel="Processes")(command)


def run() -> NoReturn:
    """The program. It ends without the interpreter's tidying: a thread of Arrow's that is still ending then aborts it (2 drains in 11)."""
    # The interpreter would look for rings of objects every 700 of them, over all that is loaded, and few are made here: it was an eighth
    # of what `pipeline` did, and half a second of each start.
    gc.set_threshold(50_000, 20, 50)
    code: Any = 1
    try:
        app()
    except SystemExit as end:
        code = end.code
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        if not stream.closed:
            try:
                stream.flush()
            except BrokenPipeError:
                code = code or 1
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    run()
