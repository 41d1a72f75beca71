"""Judges what viewers hear: each message moves a viewer's history on, or is a fault that is named."""

import time
from collections import deque
from collections.abc import Iterable
from typing import Final

from loadtests.swarm import frames, history
from loadtests.swarm.client import RESTING, Client, Phase
from loadtests.swarm.heard import MOST_HEARD, MOST_HEARD_BYTES, Heard, Kind, read_text
from loadtests.swarm.history import NOWHERE, SUM_MASK, Place
from loadtests.swarm.proofs import Proofs
from loadtests.swarm.seen import Seen

BEHIND_S: Final = 5.0
"""A viewer that has not heard by the end what others heard so long before has a broken history."""
MOST_NEWEST: Final = 4_096
MOST_FAULTS: Final = 5
"""A viewer names so many."""


class Judge:
    """The histories of all viewers of one process."""

    def __init__(self, seen: Seen) -> None:
        self.faults: dict[int, list[str]] = {}
        """Of viewers whose history is broken, by number."""
        self.heard: dict[bytes, Heard] = {}
        """Meanings of messages, by the bytes of their frames."""
        self.proofs = Proofs()
        """Of stretches that have ended."""
        self._seen = seen
        self._heard_bytes = 0
        # Of each game the updates of the last `BEHIND_S`, and the one before: when they were heard first.
        self._newest: dict[str, deque[tuple[float, str, int]]] = {}

    def text(self, client: Client, frame: bytes, start: int, now_ns: int) -> None:
        """Judge one text frame whose payload begins at `start`."""
        heard = self.heard.get(frame)
        if heard is None:
            try:
                heard = read_text(frames.text_of(frame, start))
            except ValueError as error:
                self.fault(client, str(error))
                return
            self._remember(frame, heard)
        if heard.kind is Kind.UPDATE:
            self._update(client, heard, now_ns)
        elif heard.kind is Kind.SNAPSHOT:
            self._snapshot(client, heard)
        elif heard.kind is Kind.RESUMED:
            self.fault(client, history.fault_of_resumed(client.place, heard))
            self._seen.counts["resumes"] += 1
            client.recovering_to = heard.to_offset
            if heard.to_offset < heard.from_offset:
                self._recovered(client)
        elif heard.kind is Kind.CONFLATED:
            self.fault(client, history.fault_of_conflated(client.place, heard))
            self._seen.counts["conflations"] += 1
            self._seen.counts["conflated_updates"] += heard.to_offset - heard.from_offset + 1
            client.may_jump, client.live = True, False
        elif heard.kind is Kind.STATUS:
            self._seen.counts[f"status {heard.status}"[:60]] += 1

    def fault(self, client: Client, words: str | None) -> None:
        """Write down what is wrong with a viewer's history; None: nothing is."""
        if words is not None:
            faults = self.faults.setdefault(client.number, [])
            if len(faults) < MOST_FAULTS:
                faults.append(words)

    def judge_behind(self, clients: Iterable[Client]) -> None:
        """Find viewers who have not heard what others of this process heard a while ago."""
        heard_by = time.monotonic() - BEHIND_S
        since_ns = time.perf_counter_ns() - round(BEHIND_S * 1e9)
        dues: dict[str, tuple[str, int]] = {}
        for game_id, told in self._newest.items():
            for seen_s, epoch, at in told:
                if seen_s <= heard_by:
                    dues[game_id] = (epoch, at)
        for client in clients:
            place = client.place
            if not client.live or place is None or client.began_ns > since_ns:
                continue
            due = dues.get(client.game_id)
            if due is not None and place.epoch == due[0] and place.at < due[1]:
                self.fault(client, f"has heard up to {place.at}; others heard {due[1]} {BEHIND_S:g} s ago")

    def _remember(self, frame: bytes, heard: Heard) -> None:
        if heard.kind is Kind.UPDATE:
            now_s = time.monotonic()
            newest = self._newest.setdefault(heard.game_id, deque(maxlen=MOST_NEWEST))
            if not newest or heard.epoch != newest[-1][1] or heard.offset > newest[-1][2]:
                newest.append((now_s, heard.epoch, heard.offset))
            while len(newest) > 1 and newest[1][0] <= now_s - BEHIND_S:
                newest.popleft()
        self._heard_bytes += len(frame)
        if len(self.heard) >= MOST_HEARD or self._heard_bytes > MOST_HEARD_BYTES:
            for old in list(self.heard)[: len(self.heard) // 4 + 1]:
                self._heard_bytes -= len(old)
                del self.heard[old]
        self.heard[frame] = heard

    def _update(self, client: Client, heard: Heard, now_ns: int) -> None:
        place = client.place
        if place is not heard.before:
            fault = history.fault_of_update(place, client.game_id, heard)
            if fault is not None or place is None:
                self.fault(client, fault)
                at = heard.offset if place is None else max(heard.offset, place.at)
                self._begin_stretch(client, Place(client.game_id, heard.epoch, at))
                return
            if heard.before is NOWHERE:
                heard.before, heard.after = place, place.after(heard)
            elif client.first > place.at:
                client.base = heard.before.total
            else:
                # Others came from another place; from here on all share one, and the difference is kept.
                client.base = (client.base + heard.before.total - place.total) & SUM_MASK
        client.place = heard.after
        client.may_jump = False
        if heard.offset <= client.recovering_to:
            if heard.offset == client.recovering_to:
                self._recovered(client)
        elif client.manner in RESTING:
            self._seen.slow_ns.append(now_ns - heard.received_ns)
        elif client.phase is Phase.OPEN:
            if not heard.times_ns:
                self._seen.counted[heard] = None
            heard.times_ns.append(now_ns)

    def _snapshot(self, client: Client, heard: Heard) -> None:
        place = client.place
        self._seen.counts["snapshots"] += 1
        self.fault(client, history.fault_of_snapshot(place, client.game_id, heard, may_jump=client.may_jump))
        client.may_jump = False
        if place is None or (heard.epoch, heard.offset) != (place.epoch, place.at):
            if place is not None and heard.epoch == place.epoch and heard.offset > place.at:
                self._seen.counts["skipped_by_snapshot"] += heard.offset - place.at
            if heard.after.game_id != client.game_id:
                heard.after = Place(client.game_id, heard.epoch, heard.offset)
            self._begin_stretch(client, heard.after)
        self._recovered(client)

    def forget(self, client: Client) -> None:
        """Let a viewer know nothing any more: what it has heard is a stretch of its own, and no gap."""
        self._end_stretch(client)
        client.place = None

    def _begin_stretch(self, client: Client, place: Place) -> None:
        self._end_stretch(client)
        client.place, client.first, client.base = place, place.at + 1, place.total

    def _end_stretch(self, client: Client) -> None:
        if not self.proofs.add(client):
            self._seen.errors["more stretches of histories than are kept"] += 1

    def _recovered(self, client: Client) -> None:
        client.recovering_to = -1
        client.live = client.phase is Phase.OPEN and client.manner not in RESTING
        if client.lost_ns:
            self._seen.recoveries_ns.append(time.perf_counter_ns() - client.lost_ns)
            client.lost_ns = 0
