/** One game on the page: its connection, its state, its cards, and how fresh they are. */

import { drawDecision, drawKeys, drawNumbers } from "./cards.js";
import { Chart } from "./chart.js";
import { byId, put, say } from "./dom.js";
import { gain, percent, when } from "./format.js";
import { freshness } from "./freshness.js";
import { Plays } from "./plays.js";
import { ScoreBug } from "./scorebug.js";
import { GameSocket } from "./socket.js";
import { Store } from "./state.js";

const PLAYS_APART_MS = 1_000;
const PLAYS_TIMEOUT_MS = 10_000;
const MOST_PLAYS_DELAY_MS = 20_000;
/** A stamp this far in the past is not one of today's: the clocks have nothing to do with one another. */
const MOST_AGE_MS = 24 * 3600 * 1000;

export class GameView {
  /**
   * @param {import("./speaker.js").Speaker} speaker
   * @param {{skewMs: () => number | null, live: () => void}} owner who knows the server's clock less ours, and is told
   *   when a connection stands (again)
   */
  constructor(speaker, owner) {
    this.speaker = speaker;
    this.owner = owner;
    this.main = byId("game");
    this.bug = new ScoreBug(byId("bug"));
    this.chart = new Chart({
      plot: byId("plot"), readout: byId("readout"), summary: byId("chart-summary"), legend: byId("legend"),
      table: /** @type {HTMLDetailsElement} */ (byId("chart-data")),
    });
    this.plays = new Plays(byId("plays-body"), byId("plays-count"), byId("plays-more"));
    /** @type {Store | null} */
    this.store = null;
    /** @type {GameSocket | null} */
    this.socket = null;
    /** When the newest update was made, by our clock. @type {number | null} */
    this.freshMs = null;
    this.drawing = 0;
    this.wasStale = false;
    this.playsTimer = 0;
    this.playsTries = 0;
    this.playsBusy = false;
    this.playsAskedMs = 0;
    /** @type {AbortController | null} */
    this.playsAbort = null;
    byId("retry").addEventListener("click", () => this.socket?.retry());
    window.setInterval(() => this.#freshen(), 1_000);
  }

  /** Open a game; another one that is open is left. @param {string} gameId */
  open(gameId) {
    this.close();
    const store = new Store(gameId);
    this.store = store;
    this.freshMs = null;
    this.wasStale = false;
    this.socket = new GameSocket(gameId, {
      position: () => ({ epoch: store.epoch, offset: store.offset }),
      message: (message) => this.#take(store, message),
      changed: () => {
        this.#freshen();
        if (this.socket?.connection === "live") this.owner.live();
      },
    });
    for (const id of ["bug", "chart", "columns"]) byId(id).hidden = true;
    byId("empty").hidden = false;
    say(byId("empty"), "Opening the game…");
    this.socket.start();
  }

  /** Leave the open game. */
  close() {
    const socket = this.socket;
    this.socket = null;
    socket?.stop();
    this.playsAbort?.abort();
    window.clearTimeout(this.playsTimer);
    this.playsBusy = false;
    this.playsTries = 0;
    this.playsAskedMs = 0;
    this.speaker.hush();
  }

  /** @param {Store} store @param {any} message */
  #take(store, message) {
    if (store !== this.store) return;
    const resumes = store.history.resumes;
    const effects = store.take(message);
    if (store.history.resumes > resumes) this.speaker.speak("Connected again. Nothing was missed.");
    if (effects.wantSnapshot) this.socket?.requestSnapshot();
    if (store.playsMissing) this.#wantPlays(message?.type === "snapshot" ? 0 : 400 * Math.random());
    if (!effects.changed) return;
    if (message.type !== "resumed") this.freshMs = this.#madeAt(message);
    for (const moment of effects.moments) this.#announce(moment);
    this.#schedule();
  }

  /** When a message's update was made, by our clock. @param {any} message */
  #madeAt(message) {
    const now = Date.now();
    const skew = this.socket?.skewMs ?? this.owner.skewMs();
    if (message.type !== "snapshot" || skew === null || !Number.isFinite(message.updated_ns)) return now;
    const age = now + skew - message.updated_ns / 1e6;
    return age > 0 && age < MOST_AGE_MS ? now - age : now;
  }

  /** @param {import("./state.js").Moment} moment */
  #announce(moment) {
    const { store, speaker } = this;
    if (!store?.teams || !store.state) return;
    const { home, away } = store.teams;
    const leader = store.home >= 0.5 ? home : away;
    const chance = `${leader.name} ${percent(Math.max(store.home, 1 - store.home))} to win.`;
    const score = `${away.name} ${store.state.away_score}, ${home.name} ${store.state.home_score}`;
    if (moment.kind === "score") speaker.speak(`Score: ${score}. ${moment.text} ${chance}`);
    else if (moment.kind === "key") speaker.speak(`Key play: ${moment.text}. ${gain(moment.added, store.teams).spoken}. ${chance}`);
    else if (moment.kind === "final") speaker.speak(`Final: ${score}.`);
    else if (moment.feed === "live") speaker.speak("The feed is live again.");
    else speaker.speak(moment.feed === "lost" ? "The feed of this game is lost." : "The feed has gone quiet.");
  }

  /** Fetch the play list soon, but not too often. @param {number} waitMs */
  #wantPlays(waitMs) {
    if (this.playsBusy) return;
    this.playsBusy = true;
    const since = Date.now() - this.playsAskedMs;
    this.playsTimer = window.setTimeout(() => this.#fetchPlays(), Math.max(waitMs, PLAYS_APART_MS - since, 0));
  }

  async #fetchPlays() {
    const { store } = this;
    if (!store) return;
    this.playsAskedMs = Date.now();
    const abort = new AbortController();
    this.playsAbort = abort;
    const timeout = window.setTimeout(() => abort.abort(), PLAYS_TIMEOUT_MS);
    let good = false;
    try {
      const path = `/api/games/${encodeURIComponent(store.gameId)}/plays`;
      const answer = await fetch(path, { cache: "no-store", signal: abort.signal });
      const body = answer.ok ? await answer.json() : null;
      if (store !== this.store) return;
      good = body !== null && store.takePlays(body);
    } catch {
      // Not there, or not in time: asked for again below.
    } finally {
      window.clearTimeout(timeout);
    }
    if (store !== this.store) return;
    this.playsBusy = false;
    this.playsTries = good ? 0 : this.playsTries + 1;
    if (good) this.#schedule();
    if (store.playsMissing) {
      this.#wantPlays(Math.min(MOST_PLAYS_DELAY_MS, 500 * 2 ** Math.min(10, this.playsTries)) * (0.5 + 0.5 * Math.random()));
    }
  }

  /** Draw before the next frame; many messages at once are drawn once. */
  #schedule() {
    if (this.drawing) return;
    this.drawing = requestAnimationFrame(() => {
      this.drawing = 0;
      this.#draw();
    });
  }

  #draw() {
    const { store } = this;
    if (!store?.teams || !store.state) return;
    const { home, away } = store.teams;
    byId("empty").hidden = true;
    for (const id of ["bug", "chart", "columns"]) byId(id).hidden = false;
    say(byId("title"), `${away.name} ${store.pregame.neutral_site ? "vs" : "at"} ${home.name}`);
    const score = `${away.abbreviation} ${store.state.away_score}, ${home.abbreviation} ${store.state.home_score}`;
    document.title = `${score} · ${when(store.state)} · Win probability`;
    this.bug.draw(store);
    this.chart.draw(store);
    drawDecision(byId("decision-body"), byId("decision-state"), byId("decision-title"), store);
    drawKeys(byId("keys-body"), store, (playId) => {
      this.chart.choosePlay(playId);
      byId("chart").scrollIntoView({ block: "nearest" });
    });
    drawNumbers(byId("market-body"), store);
    this.plays.draw(store);
    this.#freshen();
  }

  #freshen() {
    const { store, socket, main } = this;
    if (!store || !socket) return;
    const now = Date.now();
    const known = store.offset >= 0;
    const shown = freshness({
      connection: socket.connection, feed: store.feed, over: store.over, known, waiting: store.waiting,
      ageS: this.freshMs === null ? null : Math.max(0, now - this.freshMs) / 1000,
      retryInS: socket.nextAttemptMs ? Math.max(0, socket.nextAttemptMs - now) / 1000 : null,
    });
    put(main, { "data-connection": socket.connection, "data-stale": String(shown.stale), "data-feed": store.feed });
    put(byId("chip"), { "data-tone": shown.tone });
    say(byId("chip-text"), shown.chip);
    const banner = byId("banner");
    banner.hidden = !shown.banner;
    put(banner, { "data-tone": shown.tone });
    say(byId("banner-text"), shown.banner);
    const retry = byId("retry");
    if (!shown.retry && document.activeElement === retry) byId("title").focus({ preventScroll: true });
    retry.hidden = !shown.retry;
    if (socket.connection === "missing" && !known) say(byId("empty"), "There is nothing to show yet.");
    const lost = socket.connection === "reconnecting" || socket.connection === "draining";
    if (lost && !this.wasStale) {
      this.speaker.speak(socket.connection === "draining" ? "The server is restarting." : "Connection lost. Trying again.");
    }
    this.wasStale = lost || (this.wasStale && socket.connection !== "live");
  }
}
