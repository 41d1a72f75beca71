"""All repairs of one game, in the order in which they build on each other."""

from simulator.importers.draft import DraftGame
from simulator.importers.repairs.clocks import mend_clocks
from simulator.importers.repairs.copies import drop_copies
from simulator.importers.repairs.follow import say_what_follows
from simulator.importers.repairs.order import put_in_order
from simulator.importers.repairs.ranges import leave_out_of_range
from simulator.importers.repairs.scores import mend_scores
from simulator.importers.repairs.stamps import set_received
from simulator.importers.report import Tally


def mend(game: DraftGame, tally: Tally, *, next_stated: bool = True, as_told: bool = False) -> None:
    """Mend a game in place and count what was done.

    `next_stated` is whether the vendor's rows themselves say what comes next. `as_told` leaves out every
    repair that looks at later rows or at the result: the engine then gets what the table says, row by row.
    """
    if not as_told:
        put_in_order(game, tally)
        drop_copies(game, tally)
        if not next_stated:
            say_what_follows(game, tally)
        mend_scores(game, tally)
        mend_clocks(game, tally)
    leave_out_of_range(game, tally)
    set_received(game, tally)
