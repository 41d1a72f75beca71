/** The score bug: teams, score, clock, ball, time-outs, and both sides' chances. */

import { el, put, say, svg } from "./dom.js";
import { downAndDistance, interval, percent, periodLong, situation, when } from "./format.js";

const TIMEOUTS = 3;

/**
 * A team's monogram: home is a shield with square shoulders, away a round one, so colour does not carry it alone.
 * @param {"home" | "away"} side
 * @param {string} abbreviation
 * @param {string} [extra] more classes
 */
export function monogram(side, abbreviation, extra = "") {
  const long = abbreviation.length > 3;
  return el(`span.mono.${side}${long ? ".long" : ""}${extra}`, { "aria-hidden": true }, abbreviation.slice(0, 5));
}

/** The ball's place on a field: away's end zone on the left, home's on the right, as the sides stand in the bug. */
class Field {
  constructor() {
    this.ball = svg("path", { class: "field-ball" });
    this.gain = svg("path", { class: "field-gain" });
    this.drive = svg("path", { class: "field-drive" });
    const lines = [20, 30, 40, 50, 60, 70, 80, 90, 100].map((x) => `M${x} 2V12`).join("");
    this.root = svg(
      "svg",
      { class: "field", viewBox: "0 0 120 14", preserveAspectRatio: "none", "aria-hidden": true },
      svg("rect", { class: "field-turf", x: 0, y: 2, width: 120, height: 10, rx: 1.5 }),
      svg("rect", { class: "field-zone away", x: 0, y: 2, width: 10, height: 10, rx: 1.5 }),
      svg("rect", { class: "field-zone home", x: 110, y: 2, width: 10, height: 10, rx: 1.5 }),
      svg("path", { class: "field-lines", d: lines }),
      this.drive, this.gain, this.ball,
    );
  }

  /** @param {import("./format.js").State} state */
  draw(state) {
    const yards = state.yards_to_goal;
    const known = state.phase === "scrimmage" && state.possession && yards !== null;
    // Between two plays it keeps its place, so that the page does not jump.
    put(this.root, { "data-known": Boolean(known), "data-off": state.phase === "pregame" || state.phase === "final" });
    if (!known) return;
    // The home side attacks the away side's end zone, on the left.
    const left = state.possession === "home";
    const at = 10 + (left ? yards : 100 - yards);
    const target = at + (left ? -1 : 1) * Math.min(state.distance_yd ?? 0, yards);
    put(this.ball, { d: `M${at} 1V13` });
    put(this.gain, { d: `M${target} 2V12` });
    put(this.drive, { d: `M${at} 7H${target}` });
  }
}

export class ScoreBug {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.sides = { away: this.#side("away"), home: this.#side("home") };
    this.when = el("p.bug-when");
    this.situation = el("p.bug-situation");
    this.field = new Field();
    this.bar = el("div.bar", { "aria-hidden": true }, el("span.bar-away"), el("span.bar-band"), el("span.bar-mid"));
    this.chances = { away: el("strong"), home: el("strong") };
    this.names = { away: el("span"), home: el("span") };
    this.range = el("p.bug-range");
    root.replaceChildren(
      el(
        "div.bug-top",
        {},
        this.sides.away.root,
        el("div.bug-middle", {}, this.when, this.situation),
        this.sides.home.root,
      ),
      this.field.root,
      el(
        "div.bug-chance",
        {},
        el("p.chance.away", {}, this.chances.away, " ", this.names.away),
        this.range,
        el("p.chance.home", {}, this.chances.home, " ", this.names.home),
        this.bar,
      ),
    );
  }

  /** @param {"home" | "away"} side */
  #side(side) {
    const mono = el("span.bug-mono");
    const name = el("span.bug-name");
    const score = el("span.bug-score");
    const ball = el("span.ball", { title: "Has the ball" }, el("span.visually-hidden", {}, "has the ball"));
    const pips = Array.from({ length: TIMEOUTS }, () => el("i"));
    const timeouts = el("span.timeouts", { "aria-hidden": true }, ...pips);
    const spoken = el("span.visually-hidden");
    const root = el(
      `div.bug-side.${side}`,
      {},
      mono,
      el("div.bug-team", {}, name, el("div.bug-extras", {}, timeouts, spoken, ball)),
      score,
    );
    return { root, mono, name, score, ball, pips, spoken };
  }

  /** @param {import("./state.js").Store} store */
  draw(store) {
    const { teams, state, update } = store;
    if (!teams || !state) return;
    const live = state.phase !== "final" && state.phase !== "pregame";
    for (const side of /** @type {const} */ (["away", "home"])) {
      const part = this.sides[side];
      const team = teams[side];
      if (part.mono.dataset.shown !== team.abbreviation) {
        part.mono.dataset.shown = team.abbreviation;
        part.mono.replaceChildren(monogram(side, team.abbreviation, ".large"));
      }
      say(part.name, team.name);
      say(part.score, String(state[`${side}_score`]));
      part.ball.hidden = !(live && state.possession === side && state.phase === "scrimmage");
      const left = state[`${side}_timeouts`];
      const most = state.period > 4 ? 1 : TIMEOUTS;
      part.pips.forEach((pip, place) => {
        pip.hidden = !live || place >= most;
        put(pip, { "data-left": place < left });
      });
      say(part.spoken, live ? `${left} time-outs left` : "");
      const p = side === "home" ? store.home : update?.away_win_probability ?? 1 - store.home;
      say(this.chances[side], percent(p));
      say(this.names[side], team.abbreviation);
      put(part.root, { "data-lead": state[`${side}_score`] > state[`${side === "home" ? "away" : "home"}_score`] });
    }
    say(this.when, when(state));
    const words = live ? situation(state, teams) : state.phase === "final" ? "" : "Kick-off to come";
    say(this.situation, words);
    put(this.situation, { "data-down": downAndDistance(state) ? state.down : null });
    put(this.when, { title: live ? periodLong(state.period) : null });
    this.field.draw(state);
    const low = update?.home_win_probability_low;
    const high = update?.home_win_probability_high;
    const banded = typeof low === "number" && typeof high === "number";
    say(
      this.range,
      banded
        ? `${teams.home.abbreviation} between ${interval(low, high)}`
        : state.phase === "final"
          ? "Result"
          : "Win probability",
    );
    put(this.bar, { "data-banded": banded });
    const style = this.bar.style;
    style.setProperty("--away-share", String(1 - store.home));
    style.setProperty("--low", String(banded ? 1 - high : 0));
    style.setProperty("--high", String(banded ? 1 - low : 0));
  }
}
