/** The games of the day: a list that is asked for every two seconds while somebody looks. */

import { el, put, say } from "./dom.js";
import { percent, startTime, when, wholePercent } from "./format.js";

/**
 * @typedef {{game_id: string, epoch: string, offset: number, season?: number | null, week?: number | null,
 *   scheduled_ns?: number | null, home: import("./format.js").Team, away: import("./format.js").Team,
 *   neutral_site?: boolean, state: import("./format.js").State, home_win_probability: number,
 *   away_win_probability: number, feed: string, ended: boolean, received_ns?: number | null,
 *   updated_ns?: number | null}} Listed
 */

const EVERY_MS = 2_000;
const MOST_MS = 30_000;
const TIMEOUT_MS = 8_000;
/** A card that is brought into sight stays so far from the edge. */
const EDGE_PX = 16;
const GROUPS = /** @type {const} */ ([["live", "In progress"], ["later", "Later"], ["over", "Final"]]);

/** @param {Listed} game @returns {"live" | "later" | "over"} */
export function groupOf(game) {
  if (game.ended || game.state.phase === "final") return "over";
  return game.state.phase === "pregame" ? "later" : "live";
}

/**
 * The game to open when none was named: under way, close, and late; else the next to begin.
 * @param {Listed[]} games
 * @returns {Listed | null}
 */
export function featured(games) {
  const live = games.filter((game) => groupOf(game) === "live");
  const weight = (/** @type {Listed} */ game) =>
    Math.abs(game.home_win_probability - 0.5) - 0.08 * Math.min(5, game.state.period);
  if (live.length) return live.reduce((best, game) => (weight(game) < weight(best) ? game : best));
  const later = games.filter((game) => groupOf(game) === "later");
  return later.sort((a, b) => (a.scheduled_ns ?? 0) - (b.scheduled_ns ?? 0))[0] ?? games[0] ?? null;
}

export class Games {
  /**
   * @param {HTMLElement} host @param {HTMLElement} note
   * @param {{open: (gameId: string) => void, listed: (games: Listed[]) => void}} owner
   */
  constructor(host, note, owner) {
    this.host = host;
    this.note = note;
    this.owner = owner;
    /** @type {Listed[]} */
    this.games = [];
    /** Server's clock less ours, milliseconds; null before the first answer. @type {number | null} */
    this.skewMs = null;
    this.etag = "";
    this.failures = 0;
    this.polls = 0;
    this.timer = 0;
    this.current = "";
    /** @type {Map<string, {item: HTMLElement, link: HTMLAnchorElement, shown: string}>} */
    this.items = new Map();
    this.groups = GROUPS.map(([name, title]) => {
      const list = el("ul");
      const heading = el("h3", { id: `group-${name}` }, title);
      const root = el(`section.group.${name}`, { hidden: true, "aria-labelledby": `group-${name}` }, heading, list);
      return { name, title, root, list, heading };
    });
    host.replaceChildren(...this.groups.map(({ root }) => root));
    document.addEventListener("visibilitychange", () => {
      window.clearTimeout(this.timer);
      if (!document.hidden) this.poll();
    });
  }

  /** Ask now, and again later for as long as the page is looked at. */
  async poll() {
    window.clearTimeout(this.timer);
    this.polls += 1;
    const turn = this.polls;
    try {
      /** @type {Record<string, string>} */
      const headers = this.etag ? { "If-None-Match": this.etag } : {};
      const answer = await fetch("/api/games", { headers, cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (answer.status !== 304) {
        if (!answer.ok) throw new Error(`the list answered ${answer.status}`);
        const body = await answer.json();
        if (turn !== this.polls) return; // a later question is under way: its answer is newer
        this.etag = answer.headers.get("ETag") ?? "";
        if (Number.isFinite(body.server_ns)) this.skewMs = body.server_ns / 1e6 - Date.now();
        this.games = body.games;
        this.#draw();
      }
      this.failures = 0;
      say(this.note, this.games.length ? "" : "No games yet. They appear here when the feed names them.");
    } catch {
      this.failures += 1;
      if (this.failures > 1) say(this.note, "The list cannot be reached; what stands here may be old. Trying again.");
    }
    if (turn !== this.polls || document.hidden) return;
    this.timer = window.setTimeout(() => this.poll(), Math.min(MOST_MS, EVERY_MS * 2 ** Math.min(this.failures, 4)));
  }

  /** Mark the game that is open. @param {string} gameId */
  mark(gameId) {
    this.current = gameId;
    for (const [id, { link }] of this.items) put(link, { "aria-current": id === gameId ? "page" : null });
  }

  /** Bring the open game's card into sight, in a list that scrolls by itself; the page is not moved. */
  reveal() {
    const link = this.items.get(this.current)?.link;
    const column = this.host.parentElement;
    if (!link || !column) return;
    const box = link.getBoundingClientRect();
    if (this.host.scrollWidth > this.host.clientWidth) {
      this.host.scrollLeft += box.left - this.host.getBoundingClientRect().left - EDGE_PX;
    } else if (column.scrollHeight > column.clientHeight + 1) {
      const around = column.getBoundingClientRect();
      if (box.bottom > around.bottom || box.top < around.top) column.scrollTop += box.top - around.top - 4 * EDGE_PX;
    }
  }

  #draw() {
    const focused = document.activeElement;
    const order = (/** @type {Listed} */ game) => game.scheduled_ns ?? 0;
    const games = [...this.games].sort((a, b) => order(a) - order(b) || (a.game_id < b.game_id ? -1 : 1));
    const known = new Set(games.map((game) => game.game_id));
    for (const [id, { item }] of this.items) {
      if (known.has(id)) continue;
      item.remove();
      this.items.delete(id);
    }
    for (const { name, title, root, list, heading } of this.groups) {
      const mine = games.filter((game) => groupOf(game) === name);
      root.hidden = mine.length === 0;
      say(heading, `${title} ${mine.length}`);
      mine.forEach((game, place) => {
        const item = this.#item(game);
        if (list.children[place] !== item) list.insertBefore(item, list.children[place] ?? null);
      });
    }
    if (focused instanceof HTMLElement && focused !== document.activeElement && document.contains(focused)) focused.focus();
    this.mark(this.current);
    this.owner.listed(games);
  }

  /** @param {Listed} game */
  #item(game) {
    let known = this.items.get(game.game_id);
    if (!known) {
      const link = /** @type {HTMLAnchorElement} */ (
        el("a.game", { href: `/?game=${encodeURIComponent(game.game_id)}`, "data-game": game.game_id })
      );
      link.addEventListener("click", (event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        this.owner.open(game.game_id);
      });
      known = { item: el("li", {}, link), link, shown: "" };
      this.items.set(game.game_id, known);
    }
    const shown = JSON.stringify([game.state, game.home, game.away, game.home_win_probability, game.feed, game.ended]);
    if (shown !== known.shown) {
      known.shown = shown;
      known.link.replaceChildren(...card(game));
    }
    return known.item;
  }
}

/** @param {Listed} game */
function card(game) {
  const group = groupOf(game);
  const { state } = game;
  const over = group === "over";
  const lead = game.home_win_probability >= 0.5 ? "home" : "away";
  const row = (/** @type {"home" | "away"} */ side) => {
    const team = game[side];
    const other = side === "home" ? "away" : "home";
    const ball = group === "live" && state.phase === "scrimmage" && state.possession === side;
    return el(
      `span.game-row${over && state[`${side}_score`] < state[`${other}_score`] ? ".lost" : ""}`,
      {},
      el(`i.key.${side}`, { "aria-hidden": true }),
      el("span.game-abbr", { "aria-hidden": true }, team.abbreviation),
      el("span.game-name", {}, team.name),
      ball ? el("span.ball", {}, el("span.visually-hidden", {}, "has the ball")) : null,
      group === "later" ? null : el("span.game-score", {}, String(state[`${side}_score`])),
    );
  };
  const bar = el("span.bar.small", { "aria-hidden": true }, el("span.bar-away"), el("span.bar-mid"));
  bar.style.setProperty("--away-share", String(game.away_win_probability));
  const chance = `${game[lead].abbreviation} ${over ? percent(game[`${lead}_win_probability`]) : wholePercent(game[`${lead}_win_probability`])}`;
  return [
    el(
      "span.game-head",
      {},
      el("span", {}, group === "later" ? startTime(game.scheduled_ns) : when(state, over)),
      game.feed !== "live" && !over ? el("span.tag.warn", {}, `Feed ${game.feed}`) : el(`span.game-chance.${lead}`, {}, over ? "" : chance),
    ),
    row("away"),
    row("home"),
    over ? el("span") : bar,
  ];
}
