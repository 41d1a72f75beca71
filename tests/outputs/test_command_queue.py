"""What one destination has still to be sent: the newest of each kind, and never what was cleared."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.outputs.command_queue import CommandQueue, Slot, slot_of
from engine.outputs.commands import Command, Reason, Target, clear, key_play, situation, win_probability
from engine.outputs.panel import Panel, applied
from tests.outputs.builders import GAME_ID, NOON_NS, OPENING_KICK, TOUCHDOWN, Telling, run

_TELLING = Telling(GAME_ID, OPENING_KICK, run(2000), TOUCHDOWN)
_TOLD = _TELLING.told[-1]
_CARD = key_play(_TOLD, _TELLING.start, NOON_NS)
SAMPLES: tuple[Command, ...] = (
    clear(_CARD, NOON_NS, Target.ALL, Reason.STALE),
    clear(_CARD, NOON_NS, Target.KEY_PLAY, Reason.OVER),
    win_probability(_TOLD, _TELLING.start, NOON_NS),
    situation(_TOLD, _TELLING.start, NOON_NS),
    _CARD,
)
"""One command a slot, in the order of the slots."""
COMMANDS = st.lists(st.tuples(st.sampled_from(SAMPLES), st.sampled_from(["a", "b"])), max_size=40)


def numbered(pairs: list[tuple[Command, str]]) -> list[Command]:
    """The commands with their games and rising offsets; cards have the offset as their play."""
    made: list[Command] = []
    for number, (command, game_id) in enumerate(pairs):
        one = replace(command, game_id=game_id, offset=number)
        made.append(replace(one, play_id=str(number)) if slot_of(one) is Slot.KEY_PLAY else one)
    return made


def drained(queue: CommandQueue, now_ns: int = NOON_NS) -> list[Command]:
    """All that would be sent now."""
    commands = []
    while (command := queue.take(now_ns)) is not None:
        commands.append(command)
    return commands


def panels(commands: list[Command]) -> dict[str, Panel]:
    """What a renderer shows after these commands."""
    shown: dict[str, Panel] = {game_id: Panel(game_id) for game_id in ("a", "b")}
    for command in commands:
        shown[command.game_id] = applied(shown[command.game_id], command)
    return shown


@given(COMMANDS)
def test_conflation_ends_in_the_same_picture(pairs: list[tuple[Command, str]]) -> None:
    """Whatever was left out, a renderer shows the same in the end as if it had been sent everything."""
    queue, commands = CommandQueue(), numbered(pairs)
    for command in commands:
        queue.put(command)
    assert len(queue) <= len(Slot) * 2
    sent = drained(queue)
    assert len(sent) + queue.conflated == len(commands)
    for game_id, panel in panels(sent).items():
        everything = panels(commands)[game_id]
        assert (panel.odds, panel.situation, panel.key_play) == (
            everything.odds, everything.situation, everything.key_play,
        )  # fmt: skip


@given(COMMANDS, COMMANDS)
def test_a_renderer_that_failed_for_a_while_ends_in_the_same_picture(
    before: list[tuple[Command, str]], after: list[tuple[Command, str]]
) -> None:
    """A command that is given back is sent again in front, or not at all where news made it needless."""
    queue, commands = CommandQueue(), numbered(before + after)
    for command in commands[: len(before)]:
        queue.put(command)
    failed = queue.take(NOON_NS)
    for command in commands[len(before) :]:
        queue.put(command)
    if failed is not None and queue.give_back(failed):
        assert next(iter(drained_copy(queue))) == failed
    for game_id, panel in panels(drained(queue)).items():
        everything = panels(commands)[game_id]
        assert (panel.odds, panel.situation, panel.key_play) == (
            everything.odds, everything.situation, everything.key_play,
        )  # fmt: skip


def drained_copy(queue: CommandQueue) -> list[Command]:
    """What would be sent, without sending it."""
    commands = drained(queue)
    for command in commands:
        queue.put(command)
    return commands


def test_a_late_key_play_is_let_go() -> None:
    """A card that could only leave when its five seconds are over is dropped; one before that is sent."""
    for late_ns, sent in ((5_000_000_000, []), (4_999_999_999, [_CARD])):
        queue = CommandQueue()
        queue.put(_CARD)
        assert drained(queue, NOON_NS + late_ns) == sent
        assert queue.dropped == 1 - len(sent)


def test_a_full_queue_lets_the_oldest_go() -> None:
    """The queue is bounded over all games, and says how much it let go."""
    queue = CommandQueue(most=3)
    for number in range(5):
        queue.put(replace(SAMPLES[2], game_id=str(number)))
    assert (len(queue), queue.dropped) == (3, 2)
    assert [command.game_id for command in drained(queue)] == ["2", "3", "4"]
