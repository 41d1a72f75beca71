"""The command line: one thin function a command, its heavy imports inside. The work is done in the rooms.

In a wheel this file is the package `wpsim`, with the rooms beside it; either way they are imported by their
own names.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

if "__path__" in globals():  # installed from a wheel: the rooms are inside this package
    sys.path.insert(0, str(Path(__file__).parent))

import typer

from simulator.season.errors import InputError

if TYPE_CHECKING:
    from calibration.seasons import Chosen, Scored
    from engine.core.models.interface import Model
    from simulator.replay.run import Sink

SHORT = 1
"""Exit code: the thing judged fell short."""
MISUSE = 2
"""Exit code: misuse or bad input."""
INTERRUPTED = 130
READER_GONE = 141
"""Exit code: the reader of stdout left (`wpsim replay ... | head`); as a shell calls the signal for it."""

SAMPLE_DAY = ("--games-limit", "15", "--align", "--skip-to-kickoff", "--tracking")
"""How the sample season is served as if live: fifteen games that kick off together."""
SAMPLE_FEEDS = ("espn=http{0}/espn", "odds=http{0}/odds", "tracking=ws{0}/tracking")

app = typer.Typer(
    help="Replay recorded college football through a deterministic win-probability engine.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

gate = typer.Typer(help="Exit 0 or 1 with the reason: for CI.")
app.add_typer(gate, name="gate", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Output = Annotated[Path, typer.Option("-o", "--output", help="The season file to write.")]
ModelName = Annotated[
    str | None,
    typer.Option("--model", help="Model: fitted (default), brownian, three_term, or a path to an artefact."),
]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A model parameter; repeatable.")
]

Seasons = Annotated[
    list[Path],
    typer.Argument(metavar="SEASON", help="Season files, or data that `wpsim import` takes."),
]
Games = Annotated[
    list[str] | None, typer.Option("--games", metavar="ID[,ID...]", help="Only these; repeatable.")
]
Jobs = Annotated[int, typer.Option("--jobs", min=1, help="Processes to share the games among.")]
Resamples = Annotated[int, typer.Option("--resamples", min=40, help="How often games are drawn again.")]
DrawSeed = Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same intervals.")]
HideLine = Annotated[
    bool, typer.Option("--hide-line", help="Do not tell the model spread and total; score the same plays.")
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
    from calibration.answers import replay_answer
    from calibration.tables import replay_tables
    from calibration.terminal import note, print_json, print_tables, progress_bar
    from calibration.verdict import judge
    from simulator.replay.parallel import WorkerDiedError
    from simulator.replay.run import replay as run_replay
    from simulator.replay.selection import select
    from simulator.replay.source import season_at
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
    with season_at(season, note) as opened:
        spans = select(
            opened, _listed(games), _moment("--from", since), _moment("--to", until, end_of_day=True)
        )
        if chart is not None:
            select(opened, [chart])
        total = sum(span.rows for span in spans)
        named = describe(chosen_model.name, chosen_model.version, chosen_model.parameters())
        with progress_bar("events", total) as bar, _updates(report, chosen_model) as sink:
            try:
                result = run_replay(
                    opened,
                    model=chosen_model,
                    spans=spans,
                    jobs=jobs,
                    speed=speed,
                    progress=bar.add,
                    sink=sink,
                )
            except WorkerDiedError as error:
                raise typer.TyperException(str(error)) from None
        verdict = judge(result.predictions)
        if report is not None:
            from calibration.report import write_report  # brings the plots, which nobody else waits for
            from simulator.replay.chart import chart_of

            drawn = select(opened, [chart or result.biggest_comeback])
            game = chart_of(next(read_games(opened, drawn)), chosen_model)
            page = write_report(
                report, source=season.name, model=named, result=result, verdict=verdict, chart=game
            )
    if as_json:
        print_json(replay_answer(result, verdict, chosen_model))
    else:
        print_tables(replay_tables(result, verdict, named))
    if page is not None:
        note(f"the report is {page}")


@app.command("import")
def import_(
    dialect: Annotated[str, typer.Argument(help="espn, cfbd or cfbfastr.")],
    sources: Annotated[
        list[Path], typer.Argument(help="Parquet or JSON files (gzipped or not), or folders.")
    ],
    *,
    output: Output,
    games: Annotated[
        Path | None, typer.Option("--games", help="A games table: teams, lines, final scores.")
    ] = None,
    references: Annotated[
        list[Path] | None, typer.Option("--reference", help="Other models' probabilities; repeatable.")
    ] = None,
    lines: Annotated[
        list[Path] | None, typer.Option("--lines", help="Lines of several books before kick-off; repeatable.")
    ] = None,
    as_told: Annotated[
        bool, typer.Option("--as-told", help="No repair with hindsight: what the table says, row by row.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Import a vendor's play-by-play into a season file, and say what was repaired, kept or dropped.

    Example: wpsim import espn plays_2023.parquet --games games.parquet -o season.parquet
    """
    from calibration.tables import import_tables
    from calibration.terminal import print_json, print_tables, progress_bar
    from simulator.importers.run import DIALECTS, import_season

    if dialect not in DIALECTS:
        raise typer.BadParameter(f"unknown dialect {dialect!r}; the dialects are {', '.join(DIALECTS)}")
    with progress_bar("files") as bar:
        report = import_season(
            dialect,
            sources,
            output,
            games=games,
            references=references or (),
            lines=lines or (),
            as_told=as_told,
            progress=bar.reach,
        )
    if as_json:
        print_json({"output": str(output), **report.to_dict()})
    else:
        print_tables(import_tables(report, output))


@app.command()
def synth(
    *,
    output: Output,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same season.")] = 1,
    games: Annotated[int, typer.Option("--games", min=1, help="How many games.")] = 60,
    season: Annotated[
        int, typer.Option("--season", min=1900, max=2200, help="The year; it decides overtime.")
    ] = 2024,
    as_json: Json = False,
) -> None:
    """Generate a season of college football, play by play, with frequencies fitted on real seasons.

    Example: wpsim synth --seed 7 --games 60 -o season.parquet
    """
    from dataclasses import asdict

    from calibration.tables import facts_table
    from calibration.terminal import print_json, print_tables, progress_bar
    from simulator.synth.season import generate_season

    with progress_bar("games", games) as bar:
        report = generate_season(output, seed=seed, games=games, season=season, progress=bar.reach)
    told = {"output": str(output), **asdict(report)}
    if as_json:
        print_json(told)
    else:
        print_tables([facts_table({name.replace("_", " "): value for name, value in told.items()})])


@app.command()
def validate(
    season: Annotated[Path, typer.Argument(help="A season file.")],
    *,
    most: Annotated[int, typer.Option("--most", min=1, help="Findings to print of each rule.")] = 5,
    as_json: Json = False,
) -> None:
    """Judge a whole season file against its format; exit code 1 where it breaks it.

    Example: wpsim validate season.parquet
    """
    from calibration.answers import validate_answer
    from calibration.tables import findings_tables
    from calibration.terminal import print_json, print_tables, progress_bar
    from simulator.season.reader import open_season
    from simulator.season.validate import validate as judge

    opened = open_season(season)
    with progress_bar("rows", opened.rows) as bar:
        findings = list(judge(opened, bar.add))
    if as_json:
        print_json(validate_answer(opened, findings))
    else:
        print_tables(findings_tables(opened, findings, most))
    if not all(finding.harmless for finding in findings):
        raise typer.Exit(SHORT)


def _list_faults(wanted: bool) -> None:
    if wanted:
        from simulator.feed.faults import FAULTS

        for fault in FAULTS.values():
            typer.echo(f"{fault.name:<11} {fault.share:6.1%} of {fault.strikes.value}: {fault.what}")
        raise typer.Exit


@app.command()
def feed(
    sources: Annotated[
        list[Path],
        typer.Argument(metavar="SEASON", help="Season files, ESPN summaries, or a folder of summaries."),
    ],
    *,
    speed: Annotated[float, typer.Option("--speed", help="Recorded seconds a second.")] = 60.0,
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65_535, help="0 takes a free one.")] = 0,
    games: Games = None,
    games_limit: Annotated[
        int | None, typer.Option("--games-limit", min=1, metavar="N", help="Only the first N games.")
    ] = None,
    align: Annotated[bool, typer.Option("--align", help="All games kick off together.")] = False,
    start_at: Annotated[
        float | None, typer.Option("--start-at", metavar="S", min=0, help="Seconds into the day to begin at.")
    ] = None,
    skip_to_kickoff: Annotated[
        bool, typer.Option("--skip-to-kickoff", help="Begin just before the first play.")
    ] = False,
    tracking: Annotated[
        bool, typer.Option("--tracking", help="Also made-up tracking frames, 10 a second.")
    ] = False,
    faults: Annotated[
        list[str] | None,
        typer.Option(
            "--faults", metavar="NAME[:SEED]", help="What goes wrong, see --list-faults; repeatable; or all."
        ),
    ] = None,
    faults_until: Annotated[
        float,
        typer.Option("--faults-until", metavar="SHARE", min=0, max=1, help="Of the day; then all ends."),
    ] = 0.9,
    _list: Annotated[
        bool,
        typer.Option("--list-faults", callback=_list_faults, is_eager=True, help="Print them, and exit."),
    ] = False,
    seed: Annotated[int, typer.Option("--seed", help="The same seed makes up the same.")] = 0,
    hold: Annotated[
        bool, typer.Option("--hold-until-client", help="Begin when somebody first asks for a game.")
    ] = False,
    once: Annotated[bool, typer.Option("--once", help="Stop when all is told.")] = False,
    linger: Annotated[
        float | None, typer.Option("--linger", metavar="S", min=0, help="Stop S seconds after all is told.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Serve a recorded day as the vendors' live feeds would have looked at each moment of it.

    ESPN, CFBD and odds over HTTP, every event and tracking frames as WebSocket streams; GET / lists the
    endpoints. Serves the finals until stopped, unless --once or --linger is given.

    Example: wpsim feed season.parquet --speed 60 --games-limit 15 --align --skip-to-kickoff
    """
    import asyncio

    from calibration.terminal import note, print_json
    from simulator.feed.faults import UnknownFaultError
    from simulator.feed.options import FeedOptions
    from simulator.feed.run import serve
    from simulator.feed.server import RunningFeed, announcement, open_feed

    if not 0.0 < speed < float("inf"):
        raise typer.BadParameter(f"--speed is {speed}; expected a number above 0")
    if start_at is not None and skip_to_kickoff:
        raise typer.BadParameter("--start-at and --skip-to-kickoff both say where to begin; leave one out")
    options = FeedOptions(
        speed=speed,
        games=_listed(games),
        games_limit=games_limit,
        align=align,
        start_s=start_at,
        skip_to_kickoff=skip_to_kickoff,
        hold=hold,
        tracking=tracking,
        faults=faults or (),
        faults_until=faults_until,
        seed=seed,
    )
    try:
        opened = open_feed(sources, options, note)
    except UnknownFaultError as error:
        raise typer.BadParameter(f"--faults: {error}") from None

    def announce(running: RunningFeed) -> None:
        if as_json:
            print_json(announcement(running))
        else:
            typer.echo(f"wpsim feed: {running.url} {len(running.day.games)} games at {speed:g}x")
        sys.stdout.flush()

    linger_s = 0.0 if once and linger is None else linger
    progress = note if sys.stderr.isatty() else None
    asyncio.run(serve(opened, host, port, announce=announce, progress=progress, linger_s=linger_s))


@app.command()
def diff(
    left: Annotated[Path, typer.Argument(help="A season file, or an updates.parquet of a report.")],
    right: Annotated[Path, typer.Argument(help="Another, or the same.")],
    *,
    model: ModelName = None,
    settings: Settings = None,
    model_a: Annotated[str | None, typer.Option("--model-a", help="Model of the left side.")] = None,
    model_b: Annotated[str | None, typer.Option("--model-b", help="Model of the right side.")] = None,
    set_a: Annotated[list[str] | None, typer.Option("--set-a", metavar="NAME=VALUE", help="Left.")] = None,
    set_b: Annotated[list[str] | None, typer.Option("--set-b", metavar="NAME=VALUE", help="Right.")] = None,
    as_json: Json = False,
) -> None:
    """Name the first update in which two replays differ, field by field; exit code 1 where they do.

    Games are taken in the order of their ids. The epoch, which names the model, is told of but not compared.

    Example: wpsim diff season.parquet season.parquet --model brownian --set-b sigma=15
    """
    from calibration.answers import diff_answer
    from calibration.tables import diff_tables
    from calibration.terminal import print_json, print_tables, progress_bar
    from simulator.diff import UpdateSource, compare

    common = settings or []
    ours = UpdateSource(left, _model(model_a or model, common + (set_a or [])))
    theirs = UpdateSource(right, _model(model_b or model, common + (set_b or [])))
    with progress_bar("updates") as bar:
        found = compare(ours, theirs, bar.add)
    if as_json:
        print_json(diff_answer(found))
    else:
        print_tables(diff_tables(found, str(left), str(right)))
    if not found.equal:
        raise typer.Exit(SHORT)


@app.command()
def serve(
    *,
    feeds: Annotated[
        list[str] | None,
        typer.Option(
            "--feed", metavar="KIND=URL", help="A feed: espn, cfbd, wpsim, odds or tracking; repeatable."
        ),
    ] = None,
    day: Annotated[
        Path | None,
        typer.Option("--day", metavar="DIR", help="Where the day is recorded; it resumes what is there."),
    ] = None,
    host: Annotated[str, typer.Option("--host", help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65_535, help="0 takes any free one.")] = 8_000,
    model: ModelName = None,
    poll_s: Annotated[float, typer.Option("--poll", metavar="S", help="Seconds between two polls.")] = 1.0,
    speed: Annotated[
        float, typer.Option("--speed", min=0.1, help="Of the sample day, where no feed is named.")
    ] = 20.0,
    graphics: Annotated[
        list[str] | None,
        typer.Option("--graphics", metavar="URL", help="http://... or caspar://host/1-20; repeatable."),
    ] = None,
    graphics_fallback: Annotated[
        Path | None, typer.Option("--graphics-fallback", metavar="DIR", help="Keep the last state in files.")
    ] = None,
    air_delay_s: Annotated[
        float, typer.Option("--air-delay", metavar="S", min=0.0, help="Hold graphics back by this.")
    ] = 0.0,
    ingest_token_file: Annotated[
        Path | None, typer.Option("--ingest-token-file", help="Turns push on; holds the token.")
    ] = None,
    origins: Annotated[
        list[str] | None, typer.Option("--origin", help="A page elsewhere that may connect; repeatable.")
    ] = None,
    tls_certificate: Annotated[Path | None, typer.Option("--tls-certificate", help="PEM file.")] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key", help="PEM file.")] = None,
    gateways: Annotated[
        int,
        typer.Option("--gateways", min=0, max=128, help="Processes for viewers, beside the engine's own."),
    ] = 0,
    most_connections: Annotated[
        int, typer.Option("--max-connections", min=1, help="Sockets of viewers at once, of one process.")
    ] = 15_000,
    most_an_address: Annotated[
        int,
        typer.Option("--max-per-address", min=1, help="The same of one address; raise it behind a proxy."),
    ] = 256,
    ping_interval_s: Annotated[
        float, typer.Option("--ping-interval", metavar="S", help="A silent viewer is pinged so often.")
    ] = 20.0,
    fsync: Annotated[
        str, typer.Option("--fsync", help="When the log is forced to disk: always, interval or never.")
    ] = "interval",
    log_level: Annotated[str, typer.Option("--log-level", help="debug, info, warning or error.")] = "info",
    planted_delay_ms: Annotated[
        float, typer.Option("--plant-engine-delay", metavar="MS", min=0.0, help="A fault, for rehearsals.")
    ] = 0.0,
    as_json: Json = False,
) -> None:
    """Serve a live game day: feeds in, WebSockets, page and graphics out, everything recorded.

    Without a feed the sample season is served as if live, and its record is thrown away at the end. With
    feeds the day is recorded under days/DATE unless --day says where. Stop with Ctrl-C: viewers are told
    when to come back. `wpsim archive DAY` makes a season file of the record. CollegeFootballData's key is
    taken from WPSIM_CFBD_TOKEN.

    Example: wpsim serve --feed espn=http://127.0.0.1:9000/espn --feed odds=http://127.0.0.1:9000/odds
    """
    import asyncio
    from contextlib import ExitStack
    from dataclasses import replace

    from calibration.terminal import note, print_json
    from engine.log.errors import LogError
    from engine.service.logs import configure, hide
    from engine.service.serve import Address
    from engine.service.serve import serve as run_service
    from engine.service.settings import Settings, day_folder, read_feed, read_token

    try:
        configure(log_level, as_json=as_json or not sys.stderr.isatty())
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--log-level") from None

    def say(address: Address) -> None:
        if as_json:
            told = {"url": address.url, "port": address.port, "day": str(address.folder)}
            print_json({**told, "games": address.games, "restored_events": address.restored_events})
        else:
            typer.echo(f"wpsim serve: {address.url}  (recording to {address.folder})")
        sys.stdout.flush()

    try:
        chosen = Settings(
            folder=day_folder(day),
            model=model or "fitted",
            feeds=tuple(read_feed(written) for written in feeds or ()),
            host=host, port=port, poll_s=poll_s,
            graphics=tuple(graphics or ()), graphics_fallback=graphics_fallback, air_delay_s=air_delay_s,
            cfbd_token=os.environ.get("WPSIM_CFBD_TOKEN"),
            ingest_token=None if ingest_token_file is None else read_token(ingest_token_file),
            origins=tuple(origins or ()),
            tls_certificate=tls_certificate, tls_key=tls_key,
            most_connections=most_connections,
            most_connections_an_address=most_an_address,
            ping_interval_s=ping_interval_s,
            gateways=gateways, fsync=fsync, planted_delay_ms=planted_delay_ms,
        )  # fmt: skip
        hide(chosen.ingest_token, chosen.cfbd_token)
        with ExitStack() as stack:
            if not chosen.feeds and chosen.ingest_token is None:
                from tempfile import TemporaryDirectory

                from simulator.rehearsal import rehearsal_feed

                note("no --feed: the sample season is served as if live")
                if day is None:
                    folder = Path(stack.enter_context(TemporaryDirectory(prefix="wpsim-day-")))
                    chosen = replace(chosen, folder=folder)
                sample = data_path("sample_season.parquet")
                url = stack.enter_context(rehearsal_feed(sample, *SAMPLE_DAY, "--speed", str(speed)))
                sample_feeds = tuple(
                    read_feed(feed.format(url.removeprefix("http"))) for feed in SAMPLE_FEEDS
                )
                chosen = replace(chosen, feeds=sample_feeds)
            asyncio.run(run_service(chosen, say))
    except (ValueError, LogError) as error:
        raise typer.BadParameter(str(error)) from None
    except OSError as error:
        raise typer.BadParameter(f"{host}:{port}, {chosen.folder}: {error.strerror or error}") from None


@app.command()
def fit(
    seasons: Annotated[list[Path], typer.Argument(help="Season files.")],
    *,
    output: Annotated[Path, typer.Option("-o", "--output", help="The artefact to write.")],
    older: Annotated[
        Path | None, typer.Option("--older", help="Fourth downs of older seasons; needs --lines.")
    ] = None,
    lines: Annotated[Path | None, typer.Option("--lines", help="The books' lines of those seasons.")] = None,
    members: Annotated[
        int, typer.Option("--members", min=0, max=100, help="Refits on games drawn again, for intervals.")
    ] = 12,
    seed: Annotated[
        int, typer.Option("--seed", help="The same data and seed give the same bytes.")
    ] = 20180901,
    leverage_scale: Annotated[
        float, typer.Option("--leverage-scale", help="As measured by calibration.leverage_scale.")
    ] = 0.015,
    interval_scale: Annotated[
        float, typer.Option("--interval-scale", help="As measured by benchmarks.interval_scale.")
    ] = 1.0,
    as_json: Json = False,
) -> None:
    """Fit the win-probability model on season files and write its artefact, with where it comes from.

    Example: wpsim fit 2021.parquet 2022.parquet --members 12 -o fitted.json
    """
    from calibration.fit.artefact import Settings
    from calibration.fit.run import Older, fit_seasons
    from calibration.tables import facts_table
    from calibration.terminal import print_json, print_tables, progress_bar

    if (older is None) != (lines is None):
        raise typer.BadParameter("--older and --lines go together: a fourth down without a line tells little")
    settings = Settings(members, seed, leverage_scale, interval_scale, output.stem)
    early = None if older is None or lines is None else Older(older, lines)
    with progress_bar("events") as bar:
        report = fit_seasons(seasons, output, settings, older=early, progress=bar.add)
    told = {"output": str(output), **report.to_dict()}
    if as_json:
        print_json(told)
    else:
        print_tables([facts_table({name.replace("_", " "): value for name, value in told.items()})])


@app.command()
def calibrate(
    seasons: Seasons,
    *,
    games: Games = None,
    model: ModelName = None,
    settings: Settings = None,
    hide_line: HideLine = False,
    jobs: Jobs = 1,
    resamples: Resamples = 2_000,
    seed: DrawSeed = 0,
    freeze: Annotated[
        Path | None, typer.Option("--freeze", metavar="FILE", help="Keep the predictions, for the gate.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="DIR", help="Write plots and index.html.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Judge a model on seasons: scores, calibration, slices, and other models on the same plays.

    The common set is scrimmage plays of regulation with a stated down 1-4 and a line, before the snap, in
    games won by a side; overtime and games without a line are slices of their own. Intervals draw games
    again, never plays.

    Example: wpsim calibrate 2022.parquet 2023.parquet --jobs 2 --report out
    """
    from calibration.assess import assess
    from calibration.assessment_answer import calibrate_answer
    from calibration.assessment_tables import assessment_tables
    from calibration.frozen import write_frozen
    from calibration.terminal import note, print_json, print_tables
    from simulator.replay.updates import describe

    chosen_model = _maybe_blind(_model(model, settings), hide_line)
    with _games(seasons, games) as chosen:
        scored = _scored(chosen, chosen_model, jobs)
    named = describe(chosen_model.name, chosen_model.version, chosen_model.parameters())
    plays = scored.plays
    if freeze is not None:
        write_frozen(freeze, named, scored.game_id, plays.play_id, plays.home_win_probability)
        note(f"the predictions are in {freeze}")
    found = assess(plays, resamples=resamples, seed=seed, knows_line=not hide_line)
    names = [season.name for season in seasons]
    if report is not None and found is not None:
        from calibration.assessment_page import write_assessment

        note(f"the report is {write_assessment(report, found, seasons=names, model=named)}")
    if as_json:
        print_json(calibrate_answer(found, chosen_model, names))
    else:
        print_tables(assessment_tables(found, named))


@gate.command("calibration")
def gate_calibration(
    seasons: Seasons,
    *,
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            help="Not to be lost to: a reference column, a file of `calibrate --freeze`, or a model.",
        ),
    ] = None,
    games: Games = None,
    model: ModelName = None,
    settings: Settings = None,
    hide_line: HideLine = False,
    jobs: Jobs = 1,
    level: Annotated[
        float, typer.Option("--level", min=0.0001, max=0.5, help="How often a sound model may fail.")
    ] = 0.05,
    resamples: Resamples = 2_000,
    seed: DrawSeed = 0,
    as_json: Json = False,
) -> None:
    """Fail a model that is miscalibrated beyond sampling, loses to another, or says 99 % too lightly.

    Exit code 1 where it falls short, with the reason.

    Example: wpsim gate calibration 2023.parquet --against frozen.parquet
    """
    from calibration.assessment_answer import gate_answer
    from calibration.assessment_tables import gate_lines
    from calibration.frozen import read_frozen
    from calibration.gate import Rival, judge_gate
    from calibration.sets import COMMON_SET, common
    from calibration.terminal import print_json, print_tables
    from simulator.replay.updates import describe

    chosen_model = _maybe_blind(_model(model, settings), hide_line)
    rival = None
    with _games(seasons, games) as chosen:
        known = {name for season, _ in chosen for name in season.references}
        reference = (against or "").removeprefix("reference_")
        is_file = against is not None and reference not in known and Path(against).suffix == ".parquet"
        other = None if against is None or is_file or reference in known else _rival(against, known)
        scored = _scored(chosen, chosen_model, jobs)
        if other is not None:
            rival = Rival(
                describe(other.name, other.version, other.parameters()),
                _scored(chosen, other, jobs).plays.home_win_probability,
            )
    plays = scored.plays
    judged = common(plays)
    if not judged.any():
        raise InputError(seasons[0], "", f"there is nothing to judge ({COMMON_SET})", "name whole seasons")
    if against is not None and is_file:
        rival = Rival(*read_frozen(against, scored.game_id, plays.play_id))
    elif reference in known:
        rival = Rival(reference, plays.references[reference])
    criteria = judge_gate(plays, rival, level=level, resamples=resamples, seed=seed, knows_line=not hide_line)
    if as_json:
        names = [season.name for season in seasons]
        count = len(set(plays.game[judged].tolist()))
        print_json(gate_answer(criteria, chosen_model, names, int(judged.sum()), count))
    else:
        named = describe(chosen_model.name, chosen_model.version, chosen_model.parameters())
        print_tables(gate_lines(criteria, named))
    if not all(criterion.passed for criterion in criteria):
        raise typer.Exit(SHORT)


@app.command()
def archive(
    day: Annotated[Path, typer.Argument(help="The folder of a day that `wpsim serve` recorded.")],
    *,
    output: Output,
    updates: Annotated[
        Path | None,
        typer.Option("--updates", metavar="FILE", help="Write the updates as they were served, for `diff`."),
    ] = None,
    salvage: Annotated[
        bool, typer.Option("--salvage", help="Skip what is damaged in the log, and say what that is.")
    ] = False,
    model: ModelName = None,
    settings: Settings = None,
    as_json: Json = False,
) -> None:
    """Make a season file of a day that was served; it replays to the digest that was served.

    The model is named in the file of updates where their epochs agree with it; it computes nothing here.

    Example: wpsim archive day -o day.parquet --updates live.parquet && wpsim diff live.parquet day.parquet
    """
    from dataclasses import asdict

    from calibration.tables import facts_table
    from calibration.terminal import note, print_json, print_tables, progress_bar
    from simulator.archive.run import archive_day

    spoke = None if updates is None else _model(model, settings)
    with progress_bar("records") as bar:
        report = archive_day(day, output, updates=updates, model=spoke, salvage=salvage, progress=bar.add)
    for line in report.damage:
        note(f"skipped: {line}")
    told = {"output": str(output), **asdict(report)}
    if as_json:
        print_json(told)
    else:
        del told["damage"]
        facts = {name.replace("_", " "): value for name, value in told.items() if value is not None}
        print_tables([facts_table(facts)])


# --- what the commands share ---


@gate.command("latency")
def gate_latency(
    run: Annotated[Path, typer.Argument(help="The folder of a recorded run: run.json, client/, server/.")],
    *,
    objectives: Annotated[
        Path | None,
        typer.Option("--objectives", help="A TOML file, or `scale`; data/objectives.toml without it."),
    ] = None,
    junit: Annotated[Path | None, typer.Option("--junit", help="Write JUnit XML, for CI.")] = None,
    summary: Annotated[
        Path | None, typer.Option("--summary", help="Write Markdown, for a job's page.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Judge a recorded live run: exit 0 where it holds its latency objectives, 1 where it does not.

    A run whose own load generator was late is invalid, and fails, whatever it measured.

    Example: wpsim gate latency runs/saturday --objectives objectives.toml
    """
    from calibration.terminal import print_json, print_tables
    from loadtests.objectives import named_objectives, read_objectives
    from loadtests.verdict import Outcome, judge_run
    from loadtests.verdict_files import junit_xml, summary_markdown
    from loadtests.verdict_tables import verdict_answer, verdict_tables

    wanted = read_objectives(named_objectives(objectives, data_path("")))
    verdict = judge_run(run, wanted)
    if junit is not None:
        junit.write_text(junit_xml(verdict, wanted), encoding="utf-8")
    if summary is not None:
        summary.write_text(summary_markdown(verdict, wanted), encoding="utf-8")
    if as_json:
        print_json(verdict_answer(verdict))
    else:
        print_tables(verdict_tables(verdict))
    if verdict.outcome is not Outcome.GOOD:
        raise typer.Exit(SHORT)


@app.command()
def load(
    clients: Annotated[int, typer.Option("--clients", min=1, help="WebSockets to hold, all together.")],
    *,
    at: Annotated[
        str | None, typer.Option("--at", metavar="URL", help="The server; without it one is started.")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option("--workers", min=1, help="Processes, 18,000 clients each; else as many as needed."),
    ] = None,
    gateways: Annotated[
        int | None,
        typer.Option("--gateways", min=0, max=128, help="Of the server started here; else as needed."),
    ] = None,
    scenario: Annotated[
        str, typer.Option("--scenario", metavar="NAME", help="A name, or a TOML file: see docs/load.md.")
    ] = "steady_saturday",
    seconds: Annotated[
        float | None, typer.Option("--seconds", min=1.0, help="How long; else as the scenario says.")
    ] = None,
    ramp: Annotated[float, typer.Option("--ramp", min=1.0, help="Handshakes a second.")] = 500.0,
    events: Annotated[
        float | None,
        typer.Option("--events", min=0.01, help="Pushed a second at that server; else as the scenario says."),
    ] = None,
    season: Annotated[
        Path | None, typer.Option("--season", help="Pushed at that server; else the sample season.")
    ] = None,
    ping_interval_s: Annotated[
        float | None,
        typer.Option("--ping-interval", metavar="S", min=1.0, help="Of that server; else as the crowd is."),
    ] = None,
    report: Annotated[Path, typer.Option("--report", metavar="DIR", help="Where the run is written.")] = Path(
        "runs/load"
    ),
    objectives: Annotated[
        Path | None,
        typer.Option("--objectives", help="A TOML file, or `scale`; data/objectives.toml without it."),
    ] = None,
    server_pids: Annotated[
        list[int] | None, typer.Option("--server-pid", help="Whose memory is watched; repeatable.")
    ] = None,
    kill_pid: Annotated[
        int | None,
        typer.Option("--kill-pid", help="What reconnect_storm kills, where the server is not started here."),
    ] = None,
    planted_lag_s: Annotated[
        float, typer.Option("--plant-worker-lag", metavar="S", min=0.0, help="A fault, for rehearsals.")
    ] = 0.0,
    planted_delay_ms: Annotated[
        float, typer.Option("--plant-engine-delay", metavar="MS", min=0.0, help="The same, of the engine.")
    ] = 0.0,
    as_json: Json = False,
) -> None:
    """Hold many WebSocket clients against a live server, prove their histories, judge the latencies.

    A Locust master and workers are started, and without --at also `wpsim serve` and a push of the longest
    games of a season. Exit 0 where the objectives are held, with every client there and every history whole;
    1 where they are not, or where the generator itself was late. `wpsim gate latency DIR` judges it again.

    Example: wpsim load --clients 2000 --workers 2 --scenario score_in_the_big_game --seconds 30
    """
    from dataclasses import replace

    from calibration.terminal import print_json, print_tables
    from loadtests.load import LoadPlan, run_load
    from loadtests.objectives import named_objectives, read_objectives
    from loadtests.progress import progress_line
    from loadtests.verdict import SERVER_STAGES, Outcome, judge_run
    from loadtests.verdict_tables import verdict_answer, verdict_tables

    wanted = read_objectives(named_objectives(objectives, data_path("")))
    if at is not None and season is not None:
        raise typer.BadParameter("--season is for a server that is started here; leave it or --at out")
    if at is not None:  # what only the server can measure is with the server
        limits = {stage: limit for stage, limit in wanted.limits_ms.items() if stage not in SERVER_STAGES}
        wanted = replace(wanted, limits_ms=limits)
    wanted = replace(wanted, minimum_clients=max(clients, wanted.minimum_clients))
    try:
        plan = LoadPlan(
            clients=clients, folder=report, at=at, gateways=gateways, workers=workers or 0,
            scenario=scenario, seconds=seconds or 0.0, join_a_second=ramp, events_a_second=events or 0.0,
            ping_interval_s=ping_interval_s or 0.0, server_pids=tuple(server_pids or ()),
            kill_pid=kill_pid or 0, planted_lag_s=planted_lag_s,
            serve_options=("--plant-engine-delay", str(planted_delay_ms)) if planted_delay_ms else (),
        )  # fmt: skip
        with progress_line() as say:
            run_load(plan, season or data_path("sample_season.parquet"), say)
    except (ValueError, RuntimeError) as error:
        raise typer.BadParameter(str(error)) from None
    verdict = judge_run(report, wanted)
    if as_json:
        print_json(verdict_answer(verdict))
    else:
        print_tables(verdict_tables(verdict))
        typer.echo(f"{report / 'index.html'}")
    if verdict.outcome is not Outcome.GOOD:
        raise typer.Exit(SHORT)


def _model(name: str | None, settings: list[str] | None) -> "Model":
    from engine.store.models import DEFAULT_MODEL, open_model

    parameters = {}
    for setting in settings or ():
        key, _, value = setting.partition("=")
        try:
            parameters[key] = float(value)
        except ValueError:
            raise typer.BadParameter(f"{setting!r} is no model parameter; write NAME=NUMBER") from None
    try:
        return open_model(name or DEFAULT_MODEL, **parameters)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


@contextmanager
def _games(paths: list[Path], games: list[str] | None) -> "Iterator[Chosen]":
    """Open seasons and choose the games in them."""
    from contextlib import ExitStack

    from calibration.seasons import choose
    from calibration.terminal import note
    from simulator.replay.source import season_at

    with ExitStack() as stack:
        yield choose([stack.enter_context(season_at(path, note)) for path in paths], _listed(games))


def _scored(chosen: "Chosen", model: "Model", jobs: int) -> "Scored":
    from calibration.seasons import events_of, score
    from calibration.terminal import progress_bar

    with progress_bar("events", events_of(chosen)) as bar:
        return score(chosen, model, jobs=jobs, progress=bar.add)


def _maybe_blind(model: "Model", hide_line: bool) -> "Model":
    from calibration.blind import WithoutLine

    return WithoutLine(model) if hide_line else model


def _rival(against: str, references: set[str]) -> "Model":
    try:
        return _model(against, None)
    except typer.BadParameter as error:
        listed = f"; the references are {', '.join(sorted(references))}" if references else ""
        raise typer.BadParameter(f"--against: {error}{listed}") from None


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


def _refuse(line: str) -> int:
    print(f"wpsim: {' '.join(line.split())}", file=sys.stderr)
    return MISUSE


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code; what goes wrong is one line on stderr."""
    try:
        code = app(arguments, prog_name="wpsim", standalone_mode=False)
        sys.stdout.flush()
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        advice = f" (see `{context.command_path} --help`)" if context is not None else ""
        return _refuse(f"{getattr(error, 'format_message', error.__str__)()}{advice}")
    except InputError as error:
        return _refuse(str(error))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains at exit
        return READER_GONE
    except SystemExit:  # so, and only so, typer and rich leave when nobody reads stdout any more
        return READER_GONE
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
