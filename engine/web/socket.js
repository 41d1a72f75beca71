/**
 * The connection to one game: opens, notices silence, comes back. Knows the protocol's outside (when to connect and
 * what to ask for), not what the updates mean.
 *
 * A lost connection is tried again with exponential back-off and full jitter, so that a server that restarts is not
 * met by everybody at once; a server that says when to come back is obeyed. It resumes by epoch and offset.
 */

/** @typedef {"idle" | "connecting" | "live" | "reconnecting" | "draining" | "missing"} Connection */

/** What may follow what; anything else is a fault in this file. @type {Record<Connection, Connection[]>} */
const NEXT = {
  idle: ["connecting"],
  connecting: ["live", "reconnecting", "draining", "missing", "idle"],
  live: ["reconnecting", "draining", "missing", "connecting", "idle"],
  reconnecting: ["connecting", "idle"],
  draining: ["connecting", "reconnecting", "missing", "idle"],
  missing: ["connecting", "idle"],
};

export const FIRST_DELAY_MS = 500;
export const MOST_DELAY_MS = 15_000;
const PING_EVERY_MS = 10_000;
/** No frame for this long, though we asked: the connection is dead whatever the network says. */
const SILENCE_MS = 25_000;
const HURRIED_SILENCE_MS = 4_000;
const OPENING_MS = 10_000;
const SNAPSHOT_AGAIN_MS = 2_000;
const NOT_FOUND = 1008;
/** The server's hint is believed only within reason. */
const MOST_HINT_MS = 60_000;

/**
 * How long to wait before an attempt: anything between a quarter of the step and the whole of it.
 * @param {number} attempt 0 for the first
 * @param {number} [random] in [0, 1)
 */
export function delay(attempt, random = Math.random()) {
  const step = Math.min(MOST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt, 10));
  return step * (0.25 + 0.75 * random);
}

/**
 * The address of a game's messages.
 * @param {string} origin of the page, scheme and host
 * @param {string} gameId
 * @param {string} epoch empty before anything is known
 * @param {number} offset
 */
export function address(origin, gameId, epoch, offset) {
  const base = `${origin.replace(/^http/, "ws")}/${encodeURIComponent(gameId)}`;
  return epoch && offset >= 0 ? `${base}?epoch=${encodeURIComponent(epoch)}&offset=${offset}` : base;
}

export class GameSocket {
  /**
   * @param {string} gameId
   * @param {{position: () => {epoch: string, offset: number}, message: (message: any) => void,
   *   changed: () => void}} owner who knows where we are, takes messages, and is told when the connection changes
   */
  constructor(gameId, owner) {
    this.gameId = gameId;
    this.owner = owner;
    /** @type {Connection} */
    this.connection = "idle";
    /** When the next attempt is due, by `Date.now()`; 0 when none is. */
    this.nextAttemptMs = 0;
    this.reconnects = 0;
    /** Server's clock less ours, milliseconds; null before the first pong. @type {number | null} */
    this.skewMs = null;
    /** @type {WebSocket | null} */
    this.socket = null;
    this.attempt = 0;
    this.heardMs = 0;
    this.hintMs = 0;
    this.snapshotAskedMs = 0;
    this.asking = 0;
    this.timer = 0;
    this.heart = 0;
    this.hurry = 0;
    this.onWake = () => this.#wake();
  }

  /** Connect, and stay connected until `stop`. */
  start() {
    window.addEventListener("online", this.onWake);
    document.addEventListener("visibilitychange", this.onWake);
    this.heart = window.setInterval(() => this.#beat(), PING_EVERY_MS);
    this.#open();
  }

  /** Close for good. */
  stop() {
    window.removeEventListener("online", this.onWake);
    document.removeEventListener("visibilitychange", this.onWake);
    window.clearInterval(this.heart);
    window.clearTimeout(this.timer);
    window.clearTimeout(this.hurry);
    this.#drop();
    this.#become("idle");
  }

  /** Try at once: the viewer asked, or the network came back. */
  retry() {
    if (this.connection !== "reconnecting" && this.connection !== "draining" && this.connection !== "missing") return;
    this.attempt = 0;
    window.clearTimeout(this.timer);
    this.#drop();
    this.#open();
  }

  /** Ask for a snapshot now, or as soon as the last question is old enough: the answer repairs all that is wrong. */
  requestSnapshot() {
    window.clearTimeout(this.asking);
    const wait = this.snapshotAskedMs + SNAPSHOT_AGAIN_MS - Date.now();
    if (wait > 0) this.asking = window.setTimeout(() => this.requestSnapshot(), wait);
    else if (this.#send({ type: "request_snapshot" })) this.snapshotAskedMs = Date.now();
  }

  /** @param {Connection} connection */
  #become(connection) {
    if (connection === this.connection) return;
    if (!NEXT[this.connection].includes(connection)) {
      throw new Error(`a connection that is ${this.connection} cannot become ${connection}`);
    }
    this.connection = connection;
    this.owner.changed();
  }

  #open() {
    window.clearTimeout(this.timer);
    this.nextAttemptMs = 0;
    this.snapshotAskedMs = 0;
    const { epoch, offset } = this.owner.position();
    this.#become("connecting");
    const socket = new WebSocket(address(location.origin, this.gameId, epoch, offset));
    this.socket = socket;
    this.heardMs = Date.now();
    this.timer = window.setTimeout(() => this.#lost(socket), OPENING_MS);
    socket.onopen = () => this.#beat();
    socket.onmessage = (event) => this.#hear(socket, event.data);
    socket.onclose = (event) => this.#closed(socket, event.code);
  }

  /** @param {WebSocket} socket @param {unknown} text */
  #hear(socket, text) {
    if (socket !== this.socket) return;
    this.heardMs = Date.now();
    let message = null;
    try {
      message = typeof text === "string" ? JSON.parse(text) : null;
    } catch {
      // Left null: the store counts it and asks for a snapshot.
    }
    if (message?.type === "pong" && Number.isFinite(message.data?.server_ns)) {
      this.skewMs = message.data.server_ns / 1e6 - Date.now();
    }
    if (message?.type === "status" && message.data?.status === "draining") {
      this.hintMs = Math.min(MOST_HINT_MS, Math.max(0, Number(message.data.reconnect_after_ms) || 0));
      if (this.connection === "live" || this.connection === "connecting") this.#become("draining");
      return;
    }
    if (this.connection === "connecting" && message?.type !== "pong") {
      window.clearTimeout(this.timer);
      this.attempt = 0;
      this.hintMs = 0;
      this.#become("live");
    }
    this.owner.message(message);
  }

  /** @param {WebSocket} socket @param {number} code */
  #closed(socket, code) {
    if (socket !== this.socket) return;
    if (code === NOT_FOUND && this.connection === "connecting") {
      this.#drop();
      this.#become("missing");
      // It may only not be known yet, on a server that has just begun its day: ask again, seldom.
      this.#later(MOST_DELAY_MS);
      return;
    }
    this.#lost(socket);
  }

  /** @param {WebSocket} socket */
  #lost(socket) {
    if (socket !== this.socket) return;
    const draining = this.connection === "draining";
    this.#drop();
    if (!draining) this.#become("reconnecting");
    const wait = draining && this.hintMs > 0 ? this.hintMs * (1 + 0.25 * Math.random()) : delay(this.attempt);
    this.hintMs = 0;
    this.attempt += 1;
    this.reconnects += 1;
    this.#later(wait);
  }

  /** @param {number} waitMs */
  #later(waitMs) {
    window.clearTimeout(this.timer);
    this.nextAttemptMs = Date.now() + waitMs;
    this.timer = window.setTimeout(() => this.#open(), waitMs);
    this.owner.changed();
  }

  /** Let go of the socket; whatever it still says is not heard. */
  #drop() {
    const socket = this.socket;
    this.socket = null;
    window.clearTimeout(this.asking);
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  /** Ask for a sign of life, and give up on a connection that gave none to earlier ones. */
  #beat() {
    const socket = this.socket;
    if (!socket || socket.readyState !== WebSocket.OPEN) return;
    if (Date.now() - this.heardMs > SILENCE_MS) this.#lost(socket);
    else this.#send({ type: "ping" });
  }

  /** The device woke or the network came back: try now, or make sure that the socket still lives. */
  #wake() {
    if (document.hidden) return;
    if (this.connection === "reconnecting") {
      this.retry();
      return;
    }
    const socket = this.socket;
    if (!socket || !this.#send({ type: "ping" })) return;
    const asked = Date.now();
    window.clearTimeout(this.hurry);
    this.hurry = window.setTimeout(() => {
      if (this.heardMs < asked) this.#lost(socket);
    }, HURRIED_SILENCE_MS);
  }

  /** @param {object} message @returns {boolean} whether it went out */
  #send(message) {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }
}
