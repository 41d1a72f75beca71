"""Key/value snapshots for systems that poll: flat, all strings, as JSON and XML."""

from engine.core.events import FeedHealth, GameStart
from engine.outputs.commands import situation, win_probability
from engine.outputs.markup import flat_json, flat_xml
from engine.outputs.panel import Panel, applied, keys_of
from engine.told import Told


def panel_json(panel: Panel) -> bytes:
    """Return a panel as `/graphics/ID.json` serves it."""
    return flat_json(keys_of(panel)).encode()


def panel_xml(panel: Panel) -> bytes:
    """Return a panel as `/graphics/ID.xml` serves it."""
    return flat_xml(keys_of(panel)).encode()


def panel_of(told: Told, start: GameStart) -> Panel:
    """Return the panel that one update makes by itself: no card, and no direction of what may stand."""
    panel, stale = Panel(told.game_id), told.update.feed is not FeedHealth.LIVE
    for make in (win_probability, situation):
        panel = applied(panel, make(told, start, told.updated_ns, stale=stale))
    return panel


def keyvalue_json(told: Told, start: GameStart) -> bytes:
    """Return the keys of one update as JSON, whatever is on the air; see `Graphics.json` for what is."""
    return panel_json(panel_of(told, start))


def keyvalue_xml(told: Told, start: GameStart) -> bytes:
    """Return the keys of one update as XML, whatever is on the air; see `Graphics.xml` for what is."""
    return panel_xml(panel_of(told, start))
