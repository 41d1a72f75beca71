/**
 * One game as the page knows it: messages in, state out. Pure; knows neither page nor network.
 *
 * It keeps the promise that nothing older is shown after something newer: within an epoch the offset only rises,
 * by exactly one an update. A hole makes it ask for a snapshot and wait. What a message changes is told as `Effects`.
 */

/**
 * @typedef {import("./format.js").Team} Team
 * @typedef {import("./format.js").State} State
 * @typedef {import("./format.js").Side} Side
 *
 * @typedef {{options: Array<{choice: string, win_probability: number, win_probability_low: number,
 *   win_probability_high: number, success_probability: number}>, strength: number, too_close: boolean}} Decision
 *
 * @typedef {{game_id: string, epoch: string, offset: number, cause: string, state: State,
 *   home_win_probability: number, away_win_probability: number, win_probability_added: number,
 *   leverage_index: number, expected_points?: number | null, home_win_probability_low?: number | null,
 *   home_win_probability_high?: number | null, decision?: Decision | null, play_id?: string | null,
 *   order?: number | null, status?: string | null, kind?: string | null, play_class?: string | null,
 *   key_play?: boolean, corrected_plays?: number, doubts?: string[], feed?: string,
 *   market_home_win_probability?: number | null, tracking?: Tracking | null}} Update
 *
 * @typedef {{play_id: string, top_speed_yd_s?: number | null, distance_yd?: number | null,
 *   time_to_throw_s?: number | null, time_to_contact_s?: number | null}} Tracking
 *
 * @typedef {{play_id: string, order: number, status: string, kind: string, play_class: string, text: string,
 *   period: number, clock_s: number, home_score: number, away_score: number, possession: Side | null,
 *   down: number | null, distance_yd: number | null, yards_to_goal: number | null, home_win_probability: number,
 *   home_win_probability_low?: number | null, home_win_probability_high?: number | null,
 *   win_probability_added: number, key_play?: boolean, doubts?: string[],
 *   tracking?: Tracking | null, decision?: Decision | null}} Row
 *
 * @typedef {{kind: "score", home: number, away: number, text: string}
 *   | {kind: "key", added: number, text: string} | {kind: "final"} | {kind: "feed", feed: string}} Moment
 *
 * @typedef {{changed: boolean, wantSnapshot: boolean, wantPlays: boolean, moments: Moment[]}} Effects
 *
 * @typedef {{card: Decision, state: State, made: string | null}} Shown
 */

export const KEY_PLAY = 0.1;
export const KEY_PLAYS = 5;
/** So many updates are kept to lay over a play list that is older than they are. */
const MOST_RECENT = 400;
const MOST_MARKET = 1000;
const MOST_RANGES = 200;
/** Rows on which no ball is played: they neither score nor answer a fourth down. */
const ADMINISTRATIVE = new Set(["timeout", "period_end", "half_end", "regulation_end", "game_end", "coin_toss"]);

/** @returns {Effects} */
function nothing() {
  return { changed: false, wantSnapshot: false, wantPlays: false, moments: [] };
}

/**
 * @param {{order: number, play_id: string}} a
 * @param {{order: number, play_id: string}} b
 */
function byOrder(a, b) {
  return a.order - b.order || (a.play_id < b.play_id ? -1 : a.play_id > b.play_id ? 1 : 0);
}

export class Store {
  /** @param {string} gameId */
  constructor(gameId) {
    this.gameId = gameId;
    this.epoch = "";
    /** Offset of what is shown; -1 before anything is. Only `#accept`, `#takeSnapshot` and `#forget` move it. */
    this.offset = -1;
    /** @type {{home: Team, away: Team} | null} */
    this.teams = null;
    /** @type {{home_spread?: number | null, total?: number | null, season?: number | null, neutral_site?: boolean}} */
    this.pregame = {};
    /** @type {State | null} */
    this.state = null;
    /** @type {Update | null} The newest update: the fields that only it carries. */
    this.update = null;
    this.home = 0.5;
    this.feed = "live";
    /** Stamps of the newest update, by the server's clock. */
    this.receivedNs = 0;
    this.updatedNs = 0;
    /** @type {Row[]} The plays that stand, oldest first. */
    this.rows = [];
    /** @type {Map<string, Row>} Plays that were shown and then withdrawn, by id. */
    this.withdrawn = new Map();
    /** @type {number | null} */
    this.opening = null;
    /** @type {Array<{period: number, clock_s: number, p: number}>} The market's price at each update that had one. */
    this.market = [];
    /** @type {Shown | null} The fourth down or try that is due, or the last one. */
    this.decision = null;
    /** Whether an offset was missed and a snapshot is awaited; updates are not shown until it comes. */
    this.waiting = false;
    // The play list in hand answers for this offset; below `#playsAtLeast` it must be fetched again.
    this.playsOffset = -1;
    this.#playsAtLeast = 0;
    /** @type {Array<{update: Update, text: string, before: State | null, due: Decision | null}>} */
    this.#recent = [];
    /** What this page has lived through; tests and the curious read it at `window.wpsim.history`. */
    this.history = {
      applied: 0, snapshots: 0, gaps: 0, duplicates: 0, resumes: 0, conflations: 0, restarts: 0, behind: 0,
      malformed: 0, playsFetched: 0,
      /** @type {Array<[number, number]>} Runs of offsets shown one after the other; a snapshot begins a new one. */
      ranges: [],
    };
  }

  /** @type {number} */
  #playsAtLeast;
  /** @type {Array<{update: Update, text: string, before: State | null, due: Decision | null}>} */
  #recent;

  /** Whether the play list must be fetched: none is in hand, or a correction was told since. */
  get playsMissing() {
    return this.offset >= 0 && this.playsOffset < this.#playsAtLeast;
  }

  /** Whether the game is over. */
  get over() {
    return this.state?.phase === "final";
  }

  /**
   * Take in a message of the server.
   * @param {any} message as parsed
   * @returns {Effects}
   */
  take(message) {
    if (!message || typeof message !== "object") return this.#malformed();
    const { type, data } = message;
    if (type === "pong") return nothing();
    if (!data || typeof data !== "object") return this.#malformed();
    if (type === "status") {
      if (data.status === "conflated") this.history.conflations += 1;
      return nothing();
    }
    if (type === "resumed") {
      this.history.resumes += 1;
      return { ...nothing(), changed: true };
    }
    if (type !== "update" && type !== "snapshot") return nothing();
    if (data.game_id !== this.gameId || !Number.isInteger(data.offset) || !data.state) return this.#malformed();
    return type === "update" ? this.#takeUpdate(message) : this.#takeSnapshot(message);
  }

  /** Count a message that makes no sense, and ask for the whole instead. @returns {Effects} */
  #malformed() {
    this.history.malformed += 1;
    return { ...nothing(), wantSnapshot: true };
  }

  /** @param {any} message @returns {Effects} */
  #takeUpdate(message) {
    /** @type {Update} */
    const update = message.data;
    if (update.epoch === this.epoch && update.offset <= this.offset) {
      this.history.duplicates += 1;
      return nothing();
    }
    if (update.epoch !== this.epoch || update.offset !== this.offset + 1) {
      if (this.waiting) return nothing();
      this.history.gaps += 1;
      this.waiting = true;
      return { ...nothing(), changed: true, wantSnapshot: true };
    }
    return this.#accept(update, message);
  }

  /** @param {any} message @returns {Effects} */
  #takeSnapshot(message) {
    const snapshot = message.data;
    const effects = nothing();
    const known = this.offset >= 0 && snapshot.epoch === this.epoch;
    if (known && snapshot.offset < this.offset) {
      // Older than what is shown. A server that is catching up sends the rest soon; one whose day began anew has
      // newer stamps on older offsets, and is believed.
      if (!(message.received_ns > this.receivedNs)) {
        this.history.behind += 1;
        return effects;
      }
      this.history.restarts += 1;
      this.#forget();
    } else if (this.offset >= 0 && !known) {
      this.history.restarts += 1;
      this.#forget();
    }
    const before = this.state;
    const jumped = snapshot.offset !== this.offset;
    this.history.snapshots += 1;
    this.waiting = false;
    this.epoch = snapshot.epoch;
    this.offset = snapshot.offset;
    this.teams = { home: snapshot.home, away: snapshot.away };
    this.pregame = snapshot.pregame ?? {};
    this.state = snapshot.state;
    this.home = snapshot.home_win_probability;
    this.#stamp(message);
    // Whatever answered a choice that was due may be among what was left out.
    if (jumped) this.decision = null;
    if (message.update) this.#circumstances(message.update, snapshot.state);
    if (jumped) {
      this.#startRange(snapshot.offset);
      this.#playsAtLeast = snapshot.offset;
      this.#recent = [];
      effects.wantPlays = true;
      if (before && this.#scored(before, this.state)) {
        effects.moments.push({ kind: "score", home: this.state.home_score, away: this.state.away_score, text: "" });
      }
    }
    if (this.rows.length === 0) this.#rowsFromSnapshot(snapshot);
    effects.changed = true;
    return effects;
  }

  /** Drop what belonged to another history of the game. */
  #forget() {
    this.rows = [];
    this.withdrawn.clear();
    this.market = [];
    this.decision = null;
    this.opening = null;
    this.playsOffset = -1;
    this.offset = -1;
    this.state = null;
    this.update = null;
  }

  /** The newest points serve until the play list is there. @param {any} snapshot */
  #rowsFromSnapshot(snapshot) {
    /** @type {Map<string, any>} */
    const keys = new Map((snapshot.key_plays ?? []).map((/** @type {any} */ key) => [key.play_id, key]));
    let last = this.opening ?? 0.5;
    this.rows = (snapshot.chart ?? []).map((/** @type {any} */ point, /** @type {number} */ place) => {
      const key = keys.get(point.play_id);
      const added = key?.win_probability_added ?? (place ? point.home_win_probability - last : 0);
      last = point.home_win_probability;
      return {
        ...point, status: "official", kind: "unknown", play_class: "unknown", text: key?.text ?? "",
        home_score: key?.home_score ?? null, away_score: key?.away_score ?? null, possession: null, down: null,
        distance_yd: null, yards_to_goal: null, win_probability_added: added, sketch: true,
      };
    });
  }

  /** Show the next update. @param {Update} update @param {any} message @returns {Effects} */
  #accept(update, message) {
    const effects = nothing();
    const before = this.state;
    const due = this.update?.decision ?? null;
    const feed = this.feed;
    const wasOver = this.over;
    this.offset = update.offset;
    this.waiting = false;
    this.state = update.state;
    this.home = update.home_win_probability;
    this.history.applied += 1;
    const ranges = this.history.ranges;
    ranges[ranges.length - 1][1] = update.offset;
    this.#stamp(message);
    const text = typeof message.text === "string" ? message.text : "";
    this.#circumstances(update, update.state);
    this.#recent.push({ update, text, before, due });
    if (this.#recent.length > MOST_RECENT) this.#recent.shift();
    this.#lay(update, text, before, due);
    effects.changed = true;
    effects.wantPlays = this.playsMissing;
    const noPlays = this.rows.length === 0;
    // Before kick-off a new line changes what the model was told, and only a snapshot says what that is.
    effects.wantSnapshot = noPlays && (update.cause === "start" || update.cause === "odds");
    if (before && this.#scored(before, update.state)) {
      const { home_score: home, away_score: away } = update.state;
      effects.moments.push({ kind: "score", home, away, text });
    } else if (update.key_play && update.cause === "play") {
      effects.moments.push({ kind: "key", added: update.win_probability_added, text });
    }
    if (this.over && !wasOver) effects.moments.push({ kind: "final" });
    if (this.feed !== feed) effects.moments.push({ kind: "feed", feed: this.feed });
    return effects;
  }

  /** @param {State} before @param {State} after */
  #scored(before, after) {
    return before.home_score !== after.home_score || before.away_score !== after.away_score;
  }

  /** @param {any} message */
  #stamp(message) {
    if (Number.isFinite(message.received_ns)) this.receivedNs = message.received_ns;
    if (Number.isFinite(message.updated_ns)) this.updatedNs = message.updated_ns;
  }

  /** @param {number} offset */
  #startRange(offset) {
    this.history.ranges.push([offset, offset]);
    if (this.history.ranges.length > MOST_RANGES) this.history.ranges.shift();
  }

  /** Take what an update says beside its play: feed, market, decision. @param {Update} update @param {State} state */
  #circumstances(update, state) {
    this.update = update;
    this.feed = update.feed ?? "live";
    const price = update.market_home_win_probability;
    if (typeof price === "number") {
      this.market.push({ period: state.period, clock_s: state.clock_s, p: price });
      if (this.market.length > MOST_MARKET) this.market.shift();
    }
    if (update.decision) this.decision = { card: update.decision, state, made: null };
    else if (this.decision && this.decision.made === null) {
      const answered = update.cause === "play" && !ADMINISTRATIVE.has(update.kind ?? "");
      this.decision.made = answered ? (update.play_class ?? "unknown") : "unknown";
    }
  }

  /**
   * Lay one update over the play list.
   * @param {Update} update @param {string} text @param {State | null} before @param {Decision | null} due
   */
  #lay(update, text, before, due) {
    if (update.offset <= this.playsOffset) return; // the list in hand knows it already
    if ((update.corrected_plays ?? 0) > 0) this.#playsAtLeast = Math.max(this.#playsAtLeast, update.offset);
    if (update.tracking) {
      const row = this.rows.find((known) => known.play_id === update.tracking?.play_id);
      if (row) row.tracking = update.tracking;
      return;
    }
    if (!update.play_id || typeof update.order !== "number") return;
    const place = this.rows.findIndex((row) => row.play_id === update.play_id);
    const last = this.rows.length - 1;
    if (update.status === "cancelled") {
      if (place >= 0) this.withdrawn.set(update.play_id, { ...this.rows[place], status: "cancelled" });
      if (place >= 0) this.rows.splice(place, 1);
      return;
    }
    if (update.cause === "confirmation" && place >= 0) {
      this.rows[place] = { ...this.rows[place], status: update.status ?? "official" };
      return;
    }
    const row = this.#row(update, text, before, due);
    if (place < 0 && (last < 0 || byOrder(this.rows[last], row) < 0)) {
      this.withdrawn.delete(row.play_id);
      this.rows.push(row);
    } else if (place === last && place >= 0 && !update.corrected_plays) {
      const { possession, down, distance_yd, yards_to_goal, tracking, decision } = this.rows[place];
      this.rows[place] = { ...row, possession, down, distance_yd, yards_to_goal, tracking, decision };
    } else {
      this.#playsAtLeast = Math.max(this.#playsAtLeast, update.offset);
    }
  }

  /**
   * @param {Update} update @param {string} text @param {State | null} before the situation it was played from
   * @param {Decision | null} due what that situation offered to choose
   * @returns {Row}
   */
  #row(update, text, before, due) {
    const { period, clock_s, home_score, away_score } = update.state;
    const { possession = null, down = null, distance_yd = null, yards_to_goal = null } = before ?? {};
    return {
      play_id: String(update.play_id), order: Number(update.order), status: update.status ?? "official",
      kind: update.kind ?? "unknown", play_class: update.play_class ?? "unknown", text, period, clock_s,
      home_score, away_score, possession, down, distance_yd, yards_to_goal,
      home_win_probability: update.home_win_probability,
      home_win_probability_low: update.home_win_probability_low ?? null,
      home_win_probability_high: update.home_win_probability_high ?? null,
      win_probability_added: update.win_probability_added, key_play: update.key_play ?? false,
      doubts: update.doubts ?? [], tracking: null,
      decision: down === 4 ? due : null,
    };
  }

  /**
   * Take in the play list that was fetched.
   * @param {any} body of `/api/games/ID/plays`
   * @returns {boolean} whether it is good enough; otherwise it is older than a correction, to be fetched again
   */
  takePlays(body) {
    if (!body || body.epoch !== this.epoch || !Array.isArray(body.plays) || !Number.isInteger(body.offset)) {
      return false;
    }
    if (body.offset < this.#playsAtLeast || body.offset < this.playsOffset) return false;
    this.history.playsFetched += 1;
    this.playsOffset = body.offset;
    this.rows = [...body.plays].sort(byOrder);
    for (const row of this.rows) this.withdrawn.delete(row.play_id);
    if (typeof body.opening_home_win_probability === "number") this.opening = body.opening_home_win_probability;
    // The list may be older than what is shown: lay the updates since over it. It may be newer, too: then the
    // updates that are still to come find their plays in it already.
    for (const { update, text, before, due } of this.#recent) {
      if (update.offset > body.offset) this.#lay(update, text, before, due);
    }
    return !this.playsMissing;
  }

  /** The biggest plays by win probability added, at least 0.10, largest first. @returns {Row[]} */
  keyPlays() {
    return this.rows
      .filter((row) => Math.abs(row.win_probability_added) >= KEY_PLAY - 1e-9)
      .sort((a, b) => Math.abs(b.win_probability_added) - Math.abs(a.win_probability_added) || byOrder(a, b))
      .slice(0, KEY_PLAYS);
  }
}
