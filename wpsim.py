"""The command line: one thin function a command, its heavy imports inside. The work is done in the rooms.

In a wheel this file is the package `wpsim`, with the rooms beside it; either way they are imported by their
own names.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

if "__path__" in globals():  # installed from a wheel: the rooms are inside this package
    sys.path.insert(0, str(Path(__file__).parent))

import typer

from simulator.season.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

    from engine.core.models.interface import Model
    from simulator.replay.run import Progress, Sink
    from simulator.season.reader import Season

SHORT = 1
"""Exit code: the thing judged fell short."""
MISUSE = 2
"""Exit code: misuse or bad input."""
INTERRUPTED = 130

app = typer.Typer(
    help="Replay recorded college football through a deterministic win-probability engine.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Output = Annotated[Path, typer.Option("-o", "--output", help="The season file to write.")]
ModelName = Annotated[str | None, typer.Option("--model", help="Win-probability model, by name.")]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A model parameter; repeatable.")
]


def data_path(name: str) -> Path:
    """Return a file that ships with wpsim, in a checkout and in an installed wheel alike."""
    return Path(__file__).resolve().parent / "data" / name


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"wpsim {version('wpsim')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    if context.invoked_subcommand is None and not version:
        typer.echo(context.get_help())


@app.command()
def replay(
    season: Annotated[Path, typer.Argument(help="A season file, or data that `wpsim import` takes.")],
    *,
    games: Annotated[
        list[str] | None, typer.Option("--games", metavar="ID[,ID...]", help="Only these; repeatable.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Kick-off at or after this.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="Kick-off before this; a date counts whole.")
    ] = None,
    speed: Annotated[
        float | None,
        typer.Option("--speed", help="Times real time, on the recorded clock; as fast as can be without it."),
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Processes to share the games among.")] = 1,
    model: ModelName = None,
    settings: Settings = None,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="DIR", help="Write updates.parquet, .hlog, plots and index.html."),
    ] = None,
    chart: Annotated[
        str | None, typer.Option("--chart", metavar="ID", help="The game to draw in the report.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Replay a season: games, calibration, scores, latencies and the digest.

    Scored are scrimmage plays of regulation with a stated down 1-4, before the snap, in games that were won
    by a side. Times are UTC unless they name a zone: 2023-09-02, 2023-09-02T19:30 or 2023-09-02T15:30-04:00.

    Example: wpsim replay season.parquet --jobs 2 --report out
    """
    from calibration.report import write_report
    from calibration.tables import replay_tables
    from calibration.verdict import judge
    from simulator.replay.chart import chart_of
    from simulator.replay.run import replay as run_replay
    from simulator.replay.selection import select
    from simulator.replay.updates import describe
    from simulator.season.reader import read_games

    if speed is not None and jobs > 1:
        raise typer.BadParameter("--speed replays in one process; leave out --jobs")
    if speed is not None and not 0.0 < speed < float("inf"):
        raise typer.BadParameter(f"--speed is {speed}; expected a number above 0")
    if chart is not None and report is None:
        raise typer.BadParameter("--chart draws a game into the report; name a folder with --report")
    chosen_model = _model(model, settings)
    page = None
    with _season(season) as opened:
        spans = select(
            opened, _listed(games), _moment("--from", since), _moment("--to", until, end_of_day=True)
        )
        if chart is not None:
            select(opened, [chart])
        named = describe(chosen_model.name, chosen_model.version, chosen_model.parameters())
        with _progress(sum(span.rows for span in spans)) as progress, _updates(report, chosen_model) as sink:
            result = run_replay(
                opened,
                model=chosen_model,
                spans=spans,
                jobs=jobs,
                speed=speed,
                progress=progress,
                sink=sink,
            )
        verdict = judge(result.predictions)
        if report is not None:
            drawn = select(opened, [chart or result.biggest_comeback])
            game = chart_of(next(read_games(opened, drawn)), chosen_model)
            page = write_report(
                report, source=season.name, model=named, result=result, verdict=verdict, chart=game
            )
    if as_json:
        _print_json(
            {
                "digest": result.digest,
                "games": len(result.games),
                "events": result.events,
                "updates": result.updates,
                "seconds": round(result.seconds, 3),
                "events_per_s": round(result.events / result.seconds),
                "model": f"{chosen_model.name} {chosen_model.version}",
                "parameters": dict(chosen_model.parameters()),
                **verdict.to_dict(),
                "doubts": result.doubts,
                "latency_ms": result.latencies.percentiles_ms(),
            }
        )
    else:
        _print(*replay_tables(result, verdict, named))
    if page is not None:
        print(f"report: {page}", file=sys.stderr)


# --- what the commands share ---


def _model(name: str | None, settings: list[str] | None) -> "Model":
    from engine.core.models.catalogue import DEFAULT_MODEL
    from engine.core.models.catalogue import model as model_of

    parameters = {}
    for setting in settings or ():
        key, _, value = setting.partition("=")
        try:
            parameters[key] = float(value)
        except ValueError:
            raise typer.BadParameter(f"{setting!r} is no model parameter; write NAME=NUMBER") from None
    try:
        return model_of(name or DEFAULT_MODEL, **parameters)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


@contextmanager
def _season(path: Path) -> Iterator["Season"]:
    """Open a season file."""
    from simulator.season.reader import open_season

    yield open_season(path)


@contextmanager
def _updates(report: Path | None, model: "Model") -> "Iterator[Sink | None]":
    """Make the report's folder and write the updates into it while they come; nothing without a report."""
    if report is None:
        yield None
        return
    from calibration.report import UPDATES
    from simulator.replay.updates import UpdatesWriter

    report.mkdir(parents=True, exist_ok=True)
    with UpdatesWriter(report / UPDATES, model) as writer:
        yield writer.write


def _listed(values: list[str] | None) -> list[str]:
    return [name.strip() for value in values or () for name in value.split(",") if name.strip()]


def _moment(option: str, written: str | None, *, end_of_day: bool = False) -> int | None:
    from simulator.replay.selection import moment_ns

    try:
        return None if written is None else moment_ns(written, end_of_day=end_of_day)
    except ValueError as error:
        raise typer.BadParameter(f"{option}: {error}") from None


@contextmanager
def _progress(total: int, unit: str = "events") -> "Iterator[Progress | None]":
    """Show a progress bar on a terminal's stderr; nothing in a pipe."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn(unit), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda done: bar.advance(task, done)


def _console() -> "Console":
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else 100)


def _print(*renderables: Any) -> None:
    console = _console()
    for renderable in renderables:
        console.print(renderable)


def _print_json(value: dict[str, Any]) -> None:
    typer.echo(json.dumps(value, allow_nan=False))


def _refuse(line: str) -> int:
    print(f"wpsim: {' '.join(line.split())}", file=sys.stderr)
    return MISUSE


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code; what goes wrong is one line on stderr."""
    try:
        code = app(arguments, prog_name="wpsim", standalone_mode=False)
        sys.stdout.flush()
    except typer.TyperException as error:
        told = getattr(error, "format_message", None)
        return _refuse(told() if told else str(error))
    except InputError as error:
        return _refuse(str(error))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing more to say, nor to complain
        return 0
    except OSError as error:
        return _refuse(f"{error.filename or 'a file'}: {error.strerror or error}")
    except KeyboardInterrupt:
        code = INTERRUPTED
    if code == INTERRUPTED:
        print("wpsim: interrupted", file=sys.stderr)
    return code if isinstance(code, int) else 0


def main() -> None:
    """Run the command line of this process."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
