"""ESPN's files as drafts of games: play tables (parquet) and raw `summary` payloads (JSON)."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

from engine.core.events import GameEnd, GameStart, Team
from engine.core.football import Side
from engine.feeds import espn
from engine.feeds.fields import real, whole, word
from simulator.importers.draft import Draft, DraftGame, count_reading
from simulator.importers.games import GameFacts
from simulator.importers.report import Tally
from simulator.importers.tables import Holds, Wanted, read_table, rows_by_column

COLUMNS: Final = {
    "game_id": Wanted(Holds.WORDS, required=True),
    "season": Wanted(Holds.NUMBERS),
    "play_index": Wanted(Holds.NUMBERS),
    "play_id": Wanted(Holds.WORDS, required=True),
    "drive_id": Wanted(Holds.WORDS),
    "type_text": Wanted(Holds.WORDS, required=True),
    "text": Wanted(Holds.WORDS),
    "period": Wanted(Holds.NUMBERS, required=True),
    "clock": Wanted(Holds.WORDS, required=True),
    "home_score": Wanted(Holds.NUMBERS, required=True),
    "away_score": Wanted(Holds.NUMBERS, required=True),
    "scoring_play": Wanted(Holds.FLAGS),
    "wallclock": Wanted(Holds.WORDS),
    "start_down": Wanted(Holds.NUMBERS, required=True),
    "start_distance": Wanted(Holds.NUMBERS, required=True),
    "start_yards_to_endzone": Wanted(Holds.NUMBERS, required=True),
    "start_team_id": Wanted(Holds.WORDS, required=True),
    "end_down": Wanted(Holds.NUMBERS),
    "end_distance": Wanted(Holds.NUMBERS),
    "end_yards_to_endzone": Wanted(Holds.NUMBERS),
    "end_team_id": Wanted(Holds.WORDS),
    "stat_yardage": Wanted(Holds.NUMBERS),
    "espn_home_wp": Wanted(Holds.NUMBERS),
}
LAYOUT: Final = "an ESPN play table: game_id, play_id, type_text, period, clock, scores, start_* and end_*"
REFERENCE: Final = "espn"


def games_of_table(path: Path, facts: Mapping[str, GameFacts], tally: Tally) -> Iterator[DraftGame]:
    """Yield the games of a play table, in order of kick-off.

    Raises:
        InputError: the file is no such table.
    """
    table = read_table(path, COLUMNS, LAYOUT)

    def kick_off(game_id: str) -> tuple[int, str]:
        known = facts.get(game_id)
        return (known.start.scheduled_ns or 0) if known else 0, game_id

    for game_id in sorted(table.rows_of, key=kick_off):
        yield _game_of_rows(game_id, table.game(game_id), facts.get(game_id), tally)


def game_of_summary(
    payload: dict[str, Any], facts: Mapping[str, GameFacts], tally: Tally
) -> DraftGame | None:
    """Return the game of a `summary` payload; None where it does not say which game it is."""
    start = espn.start_of_summary(payload)
    if start is None:
        return None
    sides = espn.sides_of_summary(payload)
    end = espn.end_of_summary(payload, start.game_id)
    known = facts.get(start.game_id)
    if known is not None:
        start = replace(
            start,
            home_spread=known.start.home_spread if start.home_spread is None else start.home_spread,
            total=known.start.total if start.total is None else start.total,
        )
        end = end or known.end
    drafts = _drafts(espn.rows_of_summary(payload), start.game_id, sides, tally)
    after = espn.probabilities_of_summary(payload)
    for draft in drafts:
        draft.home_wp_after = after.get(draft.play.play_id)
    return DraftGame(start, drafts, end, final_known=end is not None)


def _game_of_rows(
    game_id: str, columns: Mapping[str, list[Any]], known: GameFacts | None, tally: Tally
) -> DraftGame:
    order = _feed_order(columns["play_index"])
    raw = [espn.Row(*fields) for fields in rows_by_column(columns, espn.Row._fields)]
    rows = [raw[place] for place in order]
    if known is not None:
        start, end, sides = known.start, known.end, known.sides
    else:
        start, end, sides = _inferred(game_id, rows, columns["season"][0], tally)
    drafts = _drafts(rows, game_id, sides, tally)
    after = {
        play_id: probability
        for play_id, value in zip(map(word, columns["play_id"]), columns["espn_home_wp"], strict=True)
        if play_id is not None and (probability := real(value)) is not None and 0 <= probability <= 1
    }
    for draft in drafts:
        draft.home_wp_after = after.get(draft.play.play_id)
    return DraftGame(start, drafts, end, final_known=known is not None and end is not None)


def _feed_order(indices: Sequence[Any]) -> list[int]:
    """Return the rows in the feed's own order, where it gives one."""
    places = [whole(index) for index in indices]
    if any(place is None for place in places):
        return list(range(len(places)))
    return sorted(range(len(places)), key=lambda row: (places[row] or 0, row))


def _drafts(rows: Sequence[espn.Row], game_id: str, sides: espn.Sides, tally: Tally) -> list[Draft]:
    drafts: list[Draft] = []
    for index, row in enumerate(rows):
        play = espn.play_of(row, game_id, sides, index)
        if play is None:
            tally["no_play_id"].dropped += 1
            continue
        count_reading(play, row.start_team_id, row.type_text, row.text, tally)
        drafts.append(Draft(play, word(row.drive_id), espn.place_of(play.play_id, game_id)))
    return drafts


def _inferred(
    game_id: str, rows: Sequence[espn.Row], season: Any, tally: Tally
) -> tuple[GameStart, GameEnd | None, espn.Sides]:
    """Return what the rows alone tell of a game: who is at home follows from whose score its points raise.

    Every offensive touchdown and field goal is a witness; they must agree on at least nine of ten.
    """
    votes: dict[str, dict[Side, int]] = {}
    home = away = 0
    for row in rows:
        team, kind = word(row.start_team_id), word(row.type_text)
        new_home, new_away = whole(row.home_score), whole(row.away_score)
        if new_home is None or new_away is None:
            continue
        if team is not None:
            tallied = votes.setdefault(team, {Side.HOME: 0, Side.AWAY: 0})
            if kind in ("Rushing Touchdown", "Passing Touchdown", "Field Goal Good"):
                tallied[Side.HOME] += new_home > home and new_away == away
                tallied[Side.AWAY] += new_away > away and new_home == home
        home, away = new_home, new_away
    teams = sorted(votes, key=lambda team: votes[team][Side.AWAY] - votes[team][Side.HOME])[:2]
    sides = espn.Sides("home", "away")
    if len(votes) == 2:
        agree = votes[teams[0]][Side.HOME] + votes[teams[1]][Side.AWAY]
        against = votes[teams[0]][Side.AWAY] + votes[teams[1]][Side.HOME]
        if agree > 0 and agree >= 9 * against:
            sides = espn.Sides(teams[0], teams[1])
            tally["home_side_inferred"].repaired += 1
    start = GameStart(
        game_id=game_id, season=whole(season),
        home=Team(sides.home_id, "Home", "HOME"), away=Team(sides.away_id, "Away", "AWAY"),
    )  # fmt: skip
    end = None
    last = rows[-1]
    if word(last.type_text) == "End of Game" and home != away:
        tally["result_from_last_row"].repaired += 1
        end = GameEnd(game_id=game_id, home_score=home, away_score=away)
    return start, end, sides
