// What can be said of the page's modules without a page; tests/web/test_modules.py runs it with Node.
import assert from "node:assert/strict";
import { test } from "node:test";

import { ago, downAndDistance, gain, line, percent, spot, when } from "../../engine/web/format.js";
import { freshness } from "../../engine/web/freshness.js";
import { address, delay, MOST_DELAY_MS } from "../../engine/web/socket.js";
import { Store } from "../../engine/web/state.js";
import { extent, nearest, positions } from "../../engine/web/timeline.js";

const teams = {
  home: { team_id: "1", name: "Harbor State", abbreviation: "HRB" },
  away: { team_id: "2", name: "Sunder Creek", abbreviation: "SCS" },
};
const state = {
  phase: "scrimmage", period: 1, clock_s: 900, home_score: 0, away_score: 0, possession: "home", down: 1,
  distance_yd: 10, yards_to_goal: 75, home_timeouts: 3, away_timeouts: 3, overtime_series: 0,
};
const update = (offset, changes = {}) => ({
  type: "update", received_ns: offset * 1000, updated_ns: offset * 1000, text: `play ${offset}`,
  data: {
    game_id: "g", epoch: "e", offset, cause: "play", state, home_win_probability: 0.5, away_win_probability: 0.5,
    win_probability_added: 0, leverage_index: 1, play_id: `p${offset}`, order: offset * 1000, status: "official",
    kind: "run", play_class: "run", ...changes,
  },
});
const snapshot = (offset, changes = {}) => ({
  type: "snapshot", received_ns: offset * 1000, updated_ns: offset * 1000, text: "",
  data: {
    game_id: "g", epoch: "e", offset, ...teams, pregame: {}, state, home_win_probability: 0.5,
    away_win_probability: 0.5, chart: [], key_plays: [], ...changes,
  },
});

test("offsets only rise, each once, whatever order and however often updates come", () => {
  const store = new Store("g");
  store.take(snapshot(3));
  const shown = [];
  for (const offset of [4, 4, 3, 5, 0, 5, 6]) {
    store.take(update(offset));
    shown.push(store.offset);
  }
  assert.deepEqual(shown, [4, 4, 4, 5, 5, 5, 6]);
  assert.equal(store.history.duplicates, 4);
  assert.deepEqual(store.history.ranges, [[3, 6]]);
});

test("after a hole nothing is shown until a snapshot comes, and it is asked for once", () => {
  const store = new Store("g");
  store.take(snapshot(3));
  assert.equal(store.take(update(5)).wantSnapshot, true);
  assert.equal(store.take(update(6)).wantSnapshot, false);
  assert.equal(store.offset, 3);
  store.take(snapshot(6));
  assert.deepEqual([store.offset, store.waiting, store.history.gaps], [6, false, 1]);
});

test("an older snapshot is not shown, but a day that began anew is", () => {
  const store = new Store("g");
  store.take(snapshot(9));
  store.take(snapshot(5));
  assert.equal(store.offset, 9);
  assert.equal(store.history.behind, 1);
  store.take({ ...snapshot(2), received_ns: 99_000 });
  assert.equal(store.offset, 2);
  assert.equal(store.history.restarts, 1);
});

test("another epoch's update is not laid over this one's state", () => {
  const store = new Store("g");
  store.take(snapshot(3));
  assert.equal(store.take(update(4, { epoch: "other" })).wantSnapshot, true);
  store.take(snapshot(1, { epoch: "other" }));
  assert.deepEqual([store.epoch, store.offset], ["other", 1]);
});

test("a play list older than a correction is refused; updates since are laid over one that is not", () => {
  const store = new Store("g");
  store.take(snapshot(0));
  store.take(update(1));
  store.take(update(2, { play_id: "p1", order: 1000, cause: "correction", corrected_plays: 3 }));
  store.take(update(3));
  const row = { ...update(1).data, period: 1, clock_s: 900, text: "" };
  assert.equal(store.takePlays({ epoch: "e", offset: 1, plays: [row] }), false);
  assert.equal(store.takePlays({ epoch: "other", offset: 9, plays: [row] }), false);
  assert.equal(store.takePlays({ epoch: "e", offset: 2, plays: [row] }), true);
  assert.deepEqual(store.rows.map((each) => each.play_id), ["p1", "p3"]);
});

test("back-off grows, is never without jitter, and has an end", () => {
  assert.deepEqual([delay(0, 0), delay(0, 1), delay(3, 1)], [125, 500, 4000]);
  assert.equal(delay(50, 1), MOST_DELAY_MS);
  assert.ok(delay(50, 0) < MOST_DELAY_MS);
});

test("a resume names epoch and offset, a first visit neither", () => {
  assert.equal(address("http://h:1", "a b", "", -1), "ws://h:1/a%20b");
  assert.equal(address("https://h", "g", "e", 7), "wss://h/g?epoch=e&offset=7");
});

test("time on the chart never runs backwards, and overtime follows regulation", () => {
  const plays = [[1, 900], [1, 600], [1, 700], [4, 0], [5, 0], [5, 0], [6, 0]];
  const at = positions(plays.map(([period, clock_s]) => ({ period, clock_s })));
  assert.deepEqual(at, [...at].sort((a, b) => a - b));
  assert.deepEqual(at.slice(0, 5), [0, 300, 300, 3600, 3625]);
  assert.equal(extent(6), 4200);
  assert.equal(nearest(at, 299), 2);
});

test("football is said as a viewer says it", () => {
  assert.equal(downAndDistance({ down: 1, distance_yd: 4, yards_to_goal: 4 }), "1st & Goal");
  assert.equal(spot({ possession: "home", yards_to_goal: 75 }, teams), "HRB 25");
  assert.equal(spot({ possession: "home", yards_to_goal: 25 }, teams), "SCS 25");
  assert.equal(spot({ possession: "away", yards_to_goal: 50 }, teams), "midfield");
  assert.equal(line(-3.5, teams), "HRB \u22123.5");
  assert.equal(gain(-0.042, teams).text, "SCS +4.2");
  assert.deepEqual([percent(0.99996), percent(1), percent(0.8241)], [">99.9%", "100%", "82.4%"]);
  assert.equal(when({ phase: "final", period: 6, clock_s: 0 }), "Final/2OT");
  assert.equal(ago(125), "2 min ago");
});

test("whatever is not live is said, and only then", () => {
  const facts = { connection: "live", feed: "live", over: false, known: true, waiting: false, ageS: 3, retryInS: null };
  assert.deepEqual([freshness(facts).stale, freshness(facts).banner], [false, ""]);
  const changes = [{ connection: "reconnecting" }, { connection: "draining" }, { feed: "stale" }, { feed: "lost" }, { waiting: true }];
  for (const change of changes) {
    const said = freshness({ ...facts, ...change });
    assert.equal(said.stale, true);
    assert.notEqual(said.banner, "");
  }
  assert.equal(freshness({ ...facts, over: true, feed: "lost" }).stale, false);
});
