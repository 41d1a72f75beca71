/** How far what is shown can be trusted now, in words. Pure: facts in, words out. */

import { ago } from "./format.js";

/**
 * @typedef {{connection: import("./socket.js").Connection, feed: string, over: boolean, known: boolean,
 *   waiting: boolean, ageS: number | null, retryInS: number | null}} Facts
 * @typedef {{stale: boolean, tone: "live" | "warn" | "bad" | "quiet", chip: string, banner: string,
 *   retry: boolean}} Freshness
 */

/** @param {Facts} facts @returns {Freshness} */
export function freshness({ connection, feed, over, known, waiting, ageS, retryInS }) {
  const last = ageS === null ? "an unknown time ago" : ago(ageS);
  const asOf = known ? ` What you see is as of ${last}.` : "";
  if (connection === "missing") {
    return word("bad", "Not found", "This server has no such game. It may not have been announced yet.", true, known);
  }
  if (connection === "draining") {
    const again = retryInS === null ? " The page comes back by itself." : ` Back in about ${Math.ceil(retryInS)} s.`;
    return word("warn", "Server restarting", `The server is restarting.${asOf}${again}`, true, known);
  }
  if (connection === "reconnecting" || (connection === "connecting" && known)) {
    const again = retryInS === null || retryInS < 1 ? " Trying again now." : ` Trying again in ${Math.ceil(retryInS)} s.`;
    return word("bad", "Reconnecting", `Connection lost.${asOf}${again}`, true, known);
  }
  if (connection !== "live") return word("quiet", "Connecting…", "", false, false);
  if (waiting) return word("warn", "Catching up", `An update went missing; asking for the newest.${asOf}`, false, true);
  if (over) return word("quiet", "Final", "", false, false);
  if (feed === "lost") {
    return word("bad", `Feed lost · ${last}`, `The feed of this game is lost; its last word was ${last}. The game goes on without us.`, false, true);
  }
  if (feed === "stale") {
    return word("warn", `Feed stale · ${last}`, `The feed has gone quiet; its last word was ${last}. The score may have moved on.`, false, true);
  }
  return word("live", ageS === null ? "Live" : `Live · updated ${last}`, "", false, false);
}

/**
 * @param {Freshness["tone"]} tone @param {string} chip @param {string} banner @param {boolean} retry
 * @param {boolean} stale
 * @returns {Freshness}
 */
function word(tone, chip, banner, retry, stale) {
  return { stale, tone, chip, banner, retry };
}
