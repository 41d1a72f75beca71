/** Play by play: the newest first, by quarter and drive, each with what it did to the chances. */

import { el, put, say } from "./dom.js";
import { className, clock, doubtName, downAndDistance, gain, periodLong, spot, wholePercent } from "./format.js";
import { KEY_PLAY } from "./state.js";

/**
 * @typedef {import("./state.js").Row} Row
 * @typedef {{row: Row, scored: "home" | "away" | null}} Line
 * @typedef {{side: "home" | "away" | null, lines: Line[]}} Drive
 */

const FIRST_SHOWN = 25;
const QUIET = new Set(["timeout", "administrative"]);

/**
 * Group plays into drives: a drive is one side's plays on end; a kick-off belongs to the drive it begins.
 * @param {Row[]} rows oldest first
 * @returns {Array<{period: number, drives: Drive[]}>} oldest first
 */
export function drives(rows) {
  /** @type {Array<{period: number, drives: Drive[]}>} */
  const quarters = [];
  let home = 0;
  let away = 0;
  for (const row of rows) {
    if (row.home_score !== null) {
      const scored = row.home_score > home ? "home" : row.away_score > away ? "away" : null;
      home = row.home_score;
      away = row.away_score;
      place(row, scored);
    } else place(row, null);
  }
  return quarters;

  /** @param {Row} row @param {"home" | "away" | null} scored */
  function place(row, scored) {
    let quarter = quarters.at(-1);
    if (quarter?.period !== row.period) {
      quarter = { period: row.period, drives: [] };
      quarters.push(quarter);
    }
    const kick = row.kind === "kickoff";
    const side = kick || !row.possession ? null : row.possession;
    let drive = quarter.drives.at(-1);
    const begins = !drive || kick || (side && drive.side && drive.side !== side);
    if (begins || !drive) {
      drive = { side, lines: [] };
      quarter.drives.push(drive);
    }
    if (!drive.side) drive.side = side;
    drive.lines.push({ row, scored });
  }
}

export class Plays {
  /** @param {HTMLElement} body @param {HTMLElement} count @param {HTMLElement} more */
  constructor(body, count, more) {
    this.body = body;
    this.count = count;
    this.more = more;
    this.all = false;
    /** @type {import("./state.js").Store | null} */
    this.store = null;
    /** Lines already built, by play id, with what they were built from. @type {Map<string, {key: string, node: HTMLElement}>} */
    this.built = new Map();
    more.addEventListener("click", () => {
      this.all = !this.all;
      if (this.store) this.draw(this.store);
    });
  }

  /** @param {import("./state.js").Store} store */
  draw(store) {
    const { teams } = store;
    if (!teams) return;
    if (store !== this.store) {
      this.built.clear();
      this.all = false;
    }
    this.store = store;
    const known = store.rows.filter((row) => !("sketch" in row));
    const rows = [...known, ...store.withdrawn.values()].sort(
      (a, b) => a.order - b.order || (a.play_id < b.play_id ? -1 : 1),
    );
    const balls = known.filter((row) => !QUIET.has(row.play_class)).length;
    say(this.count, known.length ? `${balls} plays` : "");
    this.more.hidden = rows.length <= FIRST_SHOWN;
    say(this.more, this.all ? "Show the latest only" : `Show all ${rows.length} rows`);
    put(this.more, { "aria-expanded": this.all });
    let left = this.all ? Infinity : FIRST_SHOWN;
    const nodes = [];
    for (const quarter of drives(rows).reverse()) {
      if (left <= 0) break;
      nodes.push(el("h3.quarter", {}, periodLong(quarter.period)));
      for (const drive of [...quarter.drives].reverse()) {
        if (left <= 0) break;
        nodes.push(this.#drive(drive, teams, left));
        left -= drive.lines.length;
      }
    }
    if (!nodes.length) nodes.push(el("p.quiet-text", {}, "No play yet. They appear here as they happen."));
    this.body.replaceChildren(...nodes);
  }

  /** @param {Drive} drive @param {import("./format.js").Teams} teams @param {number} left */
  #drive(drive, teams, left) {
    const lines = [...drive.lines].reverse().slice(0, left);
    const team = drive.side ? teams[drive.side] : null;
    const balls = drive.lines.filter(({ row }) => !QUIET.has(row.play_class) && row.kind !== "kickoff").length;
    const head = team
      ? el(
          "h4.drive-head",
          {},
          el(`i.key.${drive.side}`, { "aria-hidden": true }),
          el("span", {}, team.name),
          el("span.caption", {}, `${balls} ${balls === 1 ? "play" : "plays"}`),
        )
      : null;
    return el("div.drive", {}, head, el("ol", { reversed: true }, ...lines.map((line) => this.#line(line, teams))));
  }

  /** @param {Line} line @param {import("./format.js").Teams} teams */
  #line({ row, scored }, teams) {
    const key = JSON.stringify([row, scored]);
    const known = this.built.get(row.play_id);
    if (known?.key === key) return known.node;
    const node = build(row, scored, teams);
    this.built.set(row.play_id, { key, node });
    return node;
  }
}

/** @param {Row} row @param {"home" | "away" | null} scored @param {import("./format.js").Teams} teams */
function build(row, scored, teams) {
  const added = gain(row.win_probability_added, teams);
  const quiet = QUIET.has(row.play_class) || row.kind === "coin_toss";
  const withdrawn = row.status === "cancelled";
  const tags = [];
  if (scored) tags.push(el(`span.tag.score.${scored}`, {}, `${teams[scored].abbreviation} score · ${row.away_score}–${row.home_score}`));
  if (Math.abs(row.win_probability_added) >= KEY_PLAY) tags.push(el("span.tag.key", {}, "Key play"));
  if (withdrawn) tags.push(el("span.tag.warn", {}, "Withdrawn"));
  if (row.status === "provisional") tags.push(el("span.tag", {}, "Provisional"));
  if (row.doubts?.length) {
    const words = row.doubts.map(doubtName).join(", ");
    tags.push(el("span.tag.doubt", { title: words }, `Doubted: ${words}`));
  }
  const where = row.kind === "kickoff" ? "" : [downAndDistance(row), spot(row, teams)].filter(Boolean).join(" at ");
  const text = row.text || className(row.play_class);
  return el(
    `li.play${quiet ? ".minor" : ""}${withdrawn ? ".withdrawn" : ""}${scored ? `.scored.${scored}` : ""}`,
    { "data-play": row.play_id },
    el("span.play-clock", {}, row.period > 4 ? "" : clock(row.clock_s)),
    el(
      "div.play-main",
      {},
      where && !quiet ? el("span.play-where", {}, where) : null,
      withdrawn ? el("s.play-text", {}, text) : el("span.play-text", {}, text),
      row.tracking ? el("span.play-tracking", {}, trackingWords(row.tracking)) : null,
      tags.length ? el("span.tags", {}, ...tags) : null,
    ),
    quiet || withdrawn
      ? null
      : el(
          "span.play-wp",
          {},
          el(`span.gain.${added.side ?? "none"}`, {}, added.text),
          el("span.caption", {}, `${teams.home.abbreviation} ${wholePercent(row.home_win_probability)}`),
        ),
  );
}

/** @param {import("./state.js").Tracking} tracking */
export function trackingWords(tracking) {
  const mph = 3600 / 1760;
  const parts = [];
  if (typeof tracking.top_speed_yd_s === "number") parts.push(`top speed ${(tracking.top_speed_yd_s * mph).toFixed(1)} mph`);
  if (typeof tracking.distance_yd === "number") parts.push(`${tracking.distance_yd.toFixed(0)} yd covered`);
  if (typeof tracking.time_to_throw_s === "number") parts.push(`${tracking.time_to_throw_s.toFixed(1)} s to throw`);
  if (typeof tracking.time_to_contact_s === "number") parts.push(`${tracking.time_to_contact_s.toFixed(1)} s to contact`);
  return parts.length ? `Tracking: ${parts.join(", ")}` : "";
}
