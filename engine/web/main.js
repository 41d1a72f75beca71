/** Puts the page together: theme, list of games, the open game, and the address that names it. */

import { byId, put, say } from "./dom.js";
import { GameView } from "./game.js";
import { Games, featured } from "./games.js";
import { Speaker } from "./speaker.js";
import { Usage } from "./usage.js";

const speaker = new Speaker(byId("speaker"));
const view = new GameView(speaker, {
  skewMs: () => games.skewMs,
  // The server is back: the list need not wait for its own next attempt.
  live: () => {
    if (games.failures > 0) games.poll();
  },
});
const games = new Games(byId("games-list"), byId("games-note"), {
  open: (gameId) => {
    if (gameId !== view.store?.gameId) history.pushState(null, "", `/?game=${encodeURIComponent(gameId)}`);
    show(gameId);
    const title = byId("title");
    title.focus({ preventScroll: true });
    byId("game").scrollIntoView({ block: "start" });
  },
  listed: (list) => {
    if (view.store) return;
    const choice = featured(list);
    if (choice) show(choice.game_id);
    else say(byId("empty"), "There is no game yet. This page opens the first one by itself.");
  },
});

/** @param {string} gameId */
function show(gameId) {
  if (gameId === view.store?.gameId) return;
  const listed = games.games.find((game) => game.game_id === gameId);
  say(byId("title"), listed ? `${listed.away.name} at ${listed.home.name}` : "Win probability, live");
  view.open(gameId);
  games.mark(gameId);
  games.reveal();
}

/** @returns {string | null} */
function named() {
  return new URLSearchParams(location.search).get("game");
}

function theme() {
  const root = document.documentElement;
  const button = byId("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const tell = () => put(button, { "aria-pressed": dark() });
  system.addEventListener("change", tell);
  button.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    try {
      localStorage.setItem("theme", root.dataset.theme);
    } catch {
      // Storage may be forbidden; the choice holds until the page is left.
    }
    tell();
  });
  tell();
}

function fold() {
  const button = byId("games-toggle");
  button.addEventListener("click", () => {
    const open = button.getAttribute("aria-expanded") !== "true";
    put(button, { "aria-expanded": open });
    put(byId("games"), { "data-open": String(open) });
    say(button, open ? "Show fewer" : "Show all");
    if (!open) games.reveal();
  });
}

theme();
fold();
window.addEventListener("popstate", () => {
  const gameId = named() ?? featured(games.games)?.game_id;
  if (gameId) show(gameId);
});
const wanted = named();
if (wanted) show(wanted);
games.poll().then(() => games.reveal());
new Usage(document.querySelectorAll("[data-section]"));

// What this page has lived through and shows now, for tests and the curious; nothing on the page reads it.
Object.defineProperty(window, "wpsim", {
  value: Object.freeze({
    get history() {
      const { store, socket } = view;
      return store && { ...store.history, epoch: store.epoch, offset: store.offset, reconnects: socket?.reconnects ?? 0 };
    },
    get shown() {
      const { store, socket } = view;
      if (!store) return null;
      const { gameId, epoch, offset, state, home, feed, rows, waiting } = store;
      const complete = offset >= 0 && !waiting && !store.playsMissing;
      return { gameId, epoch, offset, state, home, feed, complete, plays: rows, connection: socket?.connection };
    },
  }),
});
