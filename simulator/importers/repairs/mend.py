"""All repairs of one game, in the order in which they build on each other."""

from simulator.importers.draft import DraftGame
from simulator.importers.repairs.stamps import set_received
from simulator.importers.report import Tally


def mend(game: DraftGame, tally: Tally) -> None:
    """Mend a game in place and count what was done."""
    set_received(game, tally)
