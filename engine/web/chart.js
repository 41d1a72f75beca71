/** The win-probability chart: drawn by hand in SVG, home at the top, read by pointer, touch or arrow keys. */

import { el, put, say, svg } from "./dom.js";
import { gain, interval, percent, periodLong, clock, when } from "./format.js";
import { extent, nearest, periods, positions } from "./timeline.js";

/**
 * @typedef {{t: number, home: number, low: number | null, high: number | null,
 *   row: import("./state.js").Row | null}} Point
 */

/** At the usual text size; larger text has larger margins. The right one holds the newest chance. */
const MARGIN = { top: 20, right: 62, bottom: 26, left: 48 };
const USUAL_TEXT_PX = 16;
const STEP_PAGE = 10;
/** How far a key play's number stands from the line. */
const FLAG_PX = 22;

/**
 * The points of a game: the opening, then one a play; after the end the result.
 * @param {import("./state.js").Store} store
 * @returns {Point[]}
 */
export function pointsOf(store) {
  const places = positions(store.rows);
  /** @type {Point[]} */
  const points = store.rows.map((row, i) => ({
    t: places[i],
    home: row.home_win_probability,
    low: row.home_win_probability_low ?? null,
    high: row.home_win_probability_high ?? null,
    row,
  }));
  if (store.opening !== null) points.unshift({ t: 0, home: store.opening, low: null, high: null, row: null });
  const last = points.at(-1);
  if (last && store.over && last.home !== store.home) {
    points.push({ t: last.t, home: store.home, low: null, high: null, row: null });
  }
  return points;
}

export class Chart {
  /**
   * @param {{plot: HTMLElement, readout: HTMLElement, summary: HTMLElement, legend: HTMLElement,
   *   table: HTMLDetailsElement}} parts
   */
  constructor(parts) {
    this.parts = parts;
    /** @type {import("./state.js").Store | null} */
    this.store = null;
    /** @type {Point[]} */
    this.points = [];
    /** The point being read; null follows the newest. @type {number | null} */
    this.chosen = null;
    this.width = 0;
    this.height = 0;
    /** How much larger the viewer's text is than usual. */
    this.scale = 1;
    this.margin = MARGIN;
    this.layers = {
      grid: svg("g", { class: "c-grid" }), band: svg("path", { class: "c-band" }),
      home: svg("path", { class: "c-area home", "clip-path": "url(#c-above)" }),
      away: svg("path", { class: "c-area away", "clip-path": "url(#c-below)" }),
      market: svg("g", { class: "c-market" }), line: svg("path", { class: "c-line" }),
      scores: svg("g", { class: "c-scores" }), flags: svg("g", { class: "c-flags" }),
      cursor: svg("g", { class: "c-cursor" }), now: svg("g", { class: "c-now" }),
    };
    this.clips = { above: svg("rect", { x: 0, y: 0 }), below: svg("rect", { x: 0 }) };
    this.root = svg(
      "svg",
      { "aria-hidden": true, focusable: false },
      svg("defs", {}, svg("clipPath", { id: "c-above" }, this.clips.above), svg("clipPath", { id: "c-below" }, this.clips.below)),
      ...Object.values(this.layers),
    );
    parts.plot.append(this.root);
    new ResizeObserver(() => this.#measure()).observe(parts.plot);
    this.#listen();
    parts.table.addEventListener("toggle", () => this.#table());
  }

  /** Show another game, or the same one changed. @param {import("./state.js").Store} store */
  draw(store) {
    if (store !== this.store) this.chosen = null;
    this.store = store;
    this.points = pointsOf(store);
    if (this.chosen !== null && this.chosen >= this.points.length) this.chosen = null;
    this.#paint();
    this.#read();
    this.#summarise();
    this.#legend();
    this.#table();
  }

  #measure() {
    const { clientWidth: width, clientHeight: height } = this.parts.plot;
    if (!width || !height || (width === this.width && height === this.height)) return;
    this.width = width;
    this.height = height;
    this.scale = parseFloat(getComputedStyle(document.documentElement).fontSize) / USUAL_TEXT_PX || 1;
    const { top, right, bottom, left } = MARGIN;
    const s = this.scale;
    this.margin = { top: top * s, right: right * s, bottom: bottom * s, left: left * s };
    put(this.root, { width, height, viewBox: `0 0 ${width} ${height}` });
    this.#paint();
  }

  get #lastPeriod() {
    return Math.max(4, this.store?.state?.period ?? 4, this.store?.rows.at(-1)?.period ?? 4);
  }

  /** @param {number} t */
  #x(t) {
    return this.margin.left + (t / extent(this.#lastPeriod)) * (this.width - this.margin.left - this.margin.right);
  }

  /** @param {number} home */
  #y(home) {
    return this.margin.top + (1 - home) * (this.height - this.margin.top - this.margin.bottom);
  }

  #paint() {
    const { store, points, layers } = this;
    if (!store?.teams || !this.width) return;
    this.#grid();
    const xy = points.map((point) => `${this.#x(point.t).toFixed(1)} ${this.#y(point.home).toFixed(1)}`);
    const line = xy.length ? `M${xy.join("L")}` : "";
    put(layers.line, { d: line });
    const middle = this.#y(0.5);
    const first = points[0];
    const last = points.at(-1);
    const area = first && last ? `${line}L${this.#x(last.t)} ${middle}L${this.#x(first.t)} ${middle}Z` : "";
    put(layers.home, { d: area });
    put(layers.away, { d: area });
    put(this.clips.above, { width: this.width, height: middle });
    put(this.clips.below, { y: middle, width: this.width, height: this.height - middle });
    put(layers.band, { d: this.#band() });
    this.#market();
    this.#scores();
    this.#flags();
    this.#now();
    this.#cursor();
  }

  #grid() {
    const { teams } = /** @type {import("./state.js").Store} */ (this.store);
    if (!teams) return;
    const right = this.width - this.margin.right;
    const nodes = [];
    for (const level of [1, 0.75, 0.5, 0.25, 0]) {
      const y = this.#y(level);
      nodes.push(svg("path", { d: `M${this.margin.left} ${y}H${right}`, class: level === 0.5 ? "even" : "" }));
      const text = `${Math.round(Math.max(level, 1 - level) * 100)}`;
      if (level !== 1 && level !== 0) nodes.push(svg("text", { x: this.margin.left - 8, y: y + 4 * this.scale, class: "tick end" }, text));
    }
    const top = this.#y(1);
    const bottom = this.#y(0);
    nodes.push(svg("text", { x: this.margin.left - 8, y: top + 5, class: "team home end" }, teams.home.abbreviation));
    nodes.push(svg("text", { x: this.margin.left - 8, y: bottom + 3, class: "team away end" }, teams.away.abbreviation));
    for (const { label, from, to } of periods(this.#lastPeriod)) {
      const x = this.#x(to);
      nodes.push(svg("path", { d: `M${x} ${top}V${bottom}`, class: "quarter" }));
      nodes.push(svg("text", { x: this.#x((from + to) / 2), y: bottom + 18 * this.scale, class: "tick middle" }, label));
    }
    this.layers.grid.replaceChildren(...nodes);
  }

  /** The interval, as one outline a run of points that have one. */
  #band() {
    let path = "";
    /** @type {Point[]} */
    let run = [];
    const close = () => {
      if (run.length > 1) {
        const upper = run.map((p) => `${this.#x(p.t).toFixed(1)} ${this.#y(p.high ?? p.home).toFixed(1)}`);
        const lower = run.map((p) => `${this.#x(p.t).toFixed(1)} ${this.#y(p.low ?? p.home).toFixed(1)}`).reverse();
        path += `M${upper.join("L")}L${lower.join("L")}Z`;
      }
      run = [];
    };
    for (const point of this.points) {
      if (point.low === null || point.high === null) close();
      else run.push(point);
    }
    close();
    return path;
  }

  #market() {
    const { store, layers, points } = this;
    const prices = store?.market ?? [];
    const price = prices.at(-1);
    if (!price) {
      layers.market.replaceChildren();
      return;
    }
    const places = positions(prices);
    const here = this.#x(Math.max(places.at(-1) ?? 0, points.at(-1)?.t ?? 0));
    let d = "";
    prices.forEach(({ p }, i) => {
      const at = `${this.#x(places[i]).toFixed(1)}`;
      d += i ? `H${at}V${this.#y(p).toFixed(1)}` : `M${at} ${this.#y(p).toFixed(1)}`;
    });
    const y = this.#y(price.p);
    const mark = svg("path", { d: `M${here - 5} ${y}l5 -5 5 5 -5 5Z`, class: "market-mark" });
    layers.market.replaceChildren(svg("path", { d: `${d}H${here}`, class: "market-line" }), mark);
  }

  /** Scores as ticks on the edge of the side that scored. */
  #scores() {
    const nodes = [];
    let home = 0;
    let away = 0;
    for (const { row, t } of this.points) {
      if (!row || row.home_score === null) continue;
      const x = this.#x(t);
      if (row.home_score > home) nodes.push(svg("path", { d: `M${x} ${this.#y(1) - 3}l-4 -7h8Z`, class: "home" }));
      if (row.away_score > away) nodes.push(svg("path", { d: `M${x} ${this.#y(0) + 3}l-4 7h8Z`, class: "away" }));
      home = row.home_score;
      away = row.away_score;
    }
    this.layers.scores.replaceChildren(...nodes);
  }

  /** The key plays, numbered as in their list. */
  #flags() {
    const { store, points } = this;
    const nodes = [];
    /** @type {Array<[number, number]>} */
    const taken = [];
    for (const [place, key] of (store?.keyPlays() ?? []).entries()) {
      const point = points.find(({ row }) => row?.play_id === key.play_id);
      if (!point) continue;
      const x = this.#x(point.t);
      const y = this.#y(point.home);
      const flag = this.#flagHeight(x, y, key.win_probability_added > 0 ? -1 : 1, taken);
      taken.push([x, flag]);
      nodes.push(
        svg(
          "g",
          { class: key.win_probability_added > 0 ? "home" : "away" },
          svg("path", { d: `M${x} ${y}V${flag}` }),
          svg("circle", { cx: x, cy: y, r: 3.5, class: "foot" }),
          svg("circle", { cx: x, cy: flag, r: 9 }),
          svg("text", { x, y: flag + 4 }, String(place + 1)),
        ),
      );
    }
    this.layers.flags.replaceChildren(...nodes.reverse());
  }

  /**
   * Where a number fits: away from the line, inside the plot, and clear of the other numbers.
   * @param {number} x @param {number} y @param {-1 | 1} away @param {Array<[number, number]>} taken
   */
  #flagHeight(x, y, away, taken) {
    const free = (/** @type {number} */ at) =>
      at > this.#y(1) + 9 && at < this.#y(0) - 9 && taken.every(([left, top]) => Math.hypot(left - x, top - at) > 20);
    for (let far = FLAG_PX; far < 5 * FLAG_PX; far += FLAG_PX / 2) {
      if (free(y + away * far)) return y + away * far;
      if (free(y - away * far)) return y - away * far;
    }
    return y + away * FLAG_PX;
  }

  #now() {
    const { store, points } = this;
    const last = points.at(-1);
    if (!store?.teams || !last) {
      this.layers.now.replaceChildren();
      return;
    }
    const x = this.#x(last.t);
    const y = this.#y(last.home);
    const side = last.home >= 0.5 ? "home" : "away";
    const p = side === "home" ? last.home : 1 - last.home;
    const edge = this.width - this.margin.right;
    const label = Math.min(this.#y(0) - 14 * this.scale, Math.max(this.#y(1) + 8 * this.scale, y));
    this.layers.now.replaceChildren(
      svg("path", { d: `M${Math.min(x + 9, edge)} ${y}H${edge}`, class: `leader ${side}` }),
      svg("circle", { cx: x, cy: y, r: 10, class: `halo ${store.over ? "" : "live"}` }),
      svg("circle", { cx: x, cy: y, r: 5, class: `dot ${side}` }),
      svg("text", { x: edge + 7, y: label - 2 * this.scale, class: `now-team ${side}` }, store.teams[side].abbreviation),
      svg("text", { x: edge + 7, y: label + 14 * this.scale, class: `now-label ${side}` }, percent(p)),
    );
  }

  #cursor() {
    const point = this.chosen === null ? null : this.points[this.chosen];
    if (!point) {
      this.layers.cursor.replaceChildren();
      return;
    }
    const x = this.#x(point.t);
    this.layers.cursor.replaceChildren(
      svg("path", { d: `M${x} ${this.#y(1)}V${this.#y(0)}` }),
      svg("circle", { cx: x, cy: this.#y(point.home), r: 5 }),
    );
  }

  /** Say the play being read, to eye and ear. */
  #read() {
    const { store, parts, points } = this;
    const teams = store?.teams;
    const place = this.chosen ?? points.length - 1;
    const point = points[place];
    if (!teams || !point) {
      parts.readout.replaceChildren(el("span.readout-text", {}, "The chart begins with the first play."));
      return;
    }
    const { row } = point;
    const side = point.home >= 0.5 ? "home" : "away";
    const chance = `${teams[side].abbreviation} ${percent(side === "home" ? point.home : 1 - point.home)}`;
    const band =
      point.low === null || point.high === null
        ? ""
        : ` (${side === "home" ? interval(point.low, point.high) : interval(1 - point.high, 1 - point.low)})`;
    const added = row ? gain(row.win_probability_added, teams) : null;
    const at = row ? when({ phase: "scrimmage", ...row }) : place === 0 ? "Kick-off" : "Final";
    const words = row ? row.text || "No description" : place === 0 ? "Before the first play" : "The result";
    parts.readout.replaceChildren(
      el("span.readout-when", {}, this.chosen === null && !store?.over ? `Now · ${at}` : at),
      el(`strong.${side}`, {}, chance + band),
      added?.side ? el(`span.gain.${added.side}`, {}, added.text) : "",
      el("span.readout-text", {}, words),
    );
    const spokenAt = row ? `${periodLong(row.period)}${row.period > 4 ? "" : `, ${clock(row.clock_s)} left`}` : at;
    put(parts.plot, {
      "aria-valuemax": points.length - 1,
      "aria-valuenow": place,
      "aria-valuetext": [
        spokenAt,
        `${teams.home.name} ${percent(point.home)}`,
        words,
        added ? added.spoken : "",
      ].filter(Boolean).join(". "),
    });
  }

  #summarise() {
    const { store, points } = this;
    if (!store?.teams || points.length < 2) {
      say(this.parts.summary, "");
      return;
    }
    const chances = points.map((point) => point.home);
    const high = Math.max(...chances);
    const low = Math.min(...chances);
    let turns = 0;
    let leader = 0;
    for (const p of chances) {
      const now = Math.sign(p - 0.5);
      if (now && leader && now !== leader) turns += 1;
      if (now) leader = now;
    }
    const { home, away } = store.teams;
    const favour = turns === 0 ? "The favourite has not changed" : `The favourite changed ${turns === 1 ? "once" : `${turns} times`}`;
    say(
      this.parts.summary,
      `${favour}. ${home.name} at best ${percent(high)}, ${away.name} at best ${percent(1 - low)}.`,
    );
  }

  #legend() {
    const { store } = this;
    const teams = store?.teams;
    if (!teams) return;
    const items = [["home", teams.home.abbreviation], ["away", teams.away.abbreviation], ["band", "Interval"]];
    if (store?.market.length) items.push(["market", "Market"]);
    const shown = items.map((item) => item.join()).join(";");
    if (this.parts.legend.dataset.shown === shown) return;
    this.parts.legend.dataset.shown = shown;
    this.parts.legend.replaceChildren(
      ...items.map(([name, text]) => el("li", {}, el(`i.key.${name}`, { "aria-hidden": true }), text)),
    );
  }

  /** The same facts as a table; built only while it is open. */
  #table() {
    const { store, parts } = this;
    const host = parts.table.querySelector(".table-scroll");
    const teams = store?.teams;
    if (!host || !teams || !parts.table.open) return;
    const cells = ["When", "Play", "Score", `${teams.home.abbreviation} wins`, "Interval", "Moved"];
    const body = store.rows.map((row) =>
      el(
        "tr",
        {},
        el("th", { scope: "row" }, when({ phase: "scrimmage", ...row })),
        el("td.text", {}, row.text || "–"),
        el("td", {}, row.home_score === null ? "–" : `${row.away_score}–${row.home_score}`),
        el("td", {}, percent(row.home_win_probability)),
        el("td", {}, typeof row.home_win_probability_low === "number" && typeof row.home_win_probability_high === "number"
          ? interval(row.home_win_probability_low, row.home_win_probability_high) : "–"),
        el("td", {}, gain(row.win_probability_added, teams).text),
      ),
    );
    host.replaceChildren(
      el(
        "table",
        {},
        el("caption", {}, `Win probability of ${teams.home.name} after each play; score ${teams.away.abbreviation}–${teams.home.abbreviation}`),
        el("thead", {}, el("tr", {}, ...cells.map((cell) => el("th", { scope: "col" }, cell)))),
        el("tbody", {}, ...body.reverse()),
      ),
    );
  }

  /** @param {number | null} place */
  choose(place) {
    this.chosen = place === null ? null : Math.min(this.points.length - 1, Math.max(0, place));
    this.#cursor();
    this.#read();
  }

  /** Read a play by its id: the lists lead here. @param {string} playId */
  choosePlay(playId) {
    const place = this.points.findIndex(({ row }) => row?.play_id === playId);
    if (place >= 0) this.choose(place);
  }

  #listen() {
    const { plot } = this.parts;
    const point = (/** @type {PointerEvent} */ event) => {
      if (!this.points.length) return;
      const box = plot.getBoundingClientRect();
      const share = (event.clientX - box.left - this.margin.left) / (this.width - this.margin.left - this.margin.right);
      this.choose(nearest(this.points.map(({ t }) => t), share * extent(this.#lastPeriod)));
    };
    plot.addEventListener("pointermove", point);
    plot.addEventListener("pointerdown", point);
    plot.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "mouse" && document.activeElement !== plot) this.choose(null);
    });
    plot.addEventListener("blur", () => this.choose(null));
    plot.addEventListener("keydown", (event) => {
      const last = this.points.length - 1;
      const at = this.chosen ?? last;
      /** @type {Record<string, number | null>} */
      const moves = {
        ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1, PageDown: at - STEP_PAGE,
        PageUp: at + STEP_PAGE, Home: 0, End: last, Escape: null,
      };
      if (!(event.key in moves) || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.choose(moves[event.key]);
    });
  }
}
