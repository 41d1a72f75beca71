/** The smaller cards: the fourth-down choice, the key plays, the line and the moment. */

import { el, put, say } from "./dom.js";
import {
  choiceName, className, downAndDistance, gain, interval, leverageWord, line, percent, signed, spot, when, wholePercent,
} from "./format.js";
import { trackingWords } from "./plays.js";

/** Rebuild a card only when what it shows changed. @param {HTMLElement} host @param {unknown} shown */
function unchanged(host, shown) {
  const key = JSON.stringify(shown);
  if (host.dataset.shown === key) return true;
  host.dataset.shown = key;
  return false;
}

const QUIET_KINDS = new Set(["timeout", "period_end", "half_end", "regulation_end", "game_end", "coin_toss"]);
const NOT_A_CHOICE = new Set(["penalty", "timeout", "administrative", "unknown"]);
/** What each play class answers a decision with. @type {Record<string, string>} */
const MADE = { punt: "punt", field_goal: "field_goal", try: "kick" };

/**
 * The fourth-down card.
 * @param {HTMLElement} host @param {HTMLElement} tag @param {HTMLElement} title @param {import("./state.js").Store} store
 */
export function drawDecision(host, tag, title, store) {
  const { decision, teams } = store;
  const fourths = store.rows.filter((row) => row.decision && row.possession && !QUIET_KINDS.has(row.kind));
  if (!teams || unchanged(host, [decision, fourths, teams])) return;
  const open = host.querySelector("details")?.open ?? false;
  tag.hidden = !decision;
  if (!decision) {
    say(title, "Fourth down");
    host.replaceChildren(
      el("p.quiet-text", {}, "On a fourth down, and on the try after a touchdown, each choice is valued here."),
      ...earlier(fourths, teams, open),
    );
    return;
  }
  const { card, state, made } = decision;
  const [best, next] = card.options;
  const due = made === null;
  const side = state.possession ?? "home";
  const team = teams[side];
  say(title, state.phase === "try" ? "After the touchdown" : "Fourth down");
  say(tag, due ? "Now" : "Last");
  put(tag, { "data-tone": due ? "live" : "quiet" });
  const where = [downAndDistance(state), spot(state, teams)].filter(Boolean).join(" at ");
  const margin = next ? best.win_probability - next.win_probability : null;
  const verdict = margin === null
    ? choiceName(best.choice)
    : card.too_close
      ? `Too close to call: ${choiceName(best.choice).toLowerCase()} is ahead by ${(margin * 100).toFixed(1)} points`
      : `${choiceName(best.choice)}, by ${(margin * 100).toFixed(1)} points`;
  const low = Math.min(...card.options.map((option) => option.win_probability_low));
  const high = Math.max(...card.options.map((option) => option.win_probability_high));
  const span = Math.max(0.02, high - low);
  host.replaceChildren(
    el("p.decision-where", {}, `${team.name}, ${state.phase === "try" ? "one or two points" : where} · ${when(state)}`),
    el("p.verdict", {}, verdict),
    el(
      "ul.options",
      {},
      ...card.options.map((option, place) => {
        const track = el("span.option-track", { "aria-hidden": true }, el(`span.option-range.${side}`), el(`span.option-dot.${side}`));
        track.style.setProperty("--low", String((option.win_probability_low - low) / span));
        track.style.setProperty("--high", String((option.win_probability_high - low) / span));
        track.style.setProperty("--at", String((option.win_probability - low) / span));
        const sure = option.choice === "punt" ? "" : `${wholePercent(option.success_probability)} ${option.choice === "go" ? "to convert" : "to succeed"}`;
        return el(
          `li${place === 0 ? ".best" : ""}`,
          {},
          el("span.option-name", {}, choiceName(option.choice), place === 0 && !card.too_close ? el("span.tag.best", {}, "Best") : null),
          el("strong.option-wp", {}, percent(option.win_probability)),
          track,
          el("span.caption", {}, `${interval(option.win_probability_low, option.win_probability_high)} to win${sure ? ` · ${sure}` : ""}`),
        );
      }),
    ),
    el("p.made", {}, due ? "The choice is still to be made." : madeWords(made ?? "unknown", best.choice, card.too_close)),
    ...earlier(fourths, teams, open),
  );
}

/**
 * The fourth downs so far: what was done, and what the numbers preferred.
 * @param {import("./state.js").Row[]} rows @param {import("./format.js").Teams} teams @param {boolean} open
 */
function earlier(rows, teams, open) {
  if (!rows.length) return [];
  const items = [...rows].reverse().map((row) => {
    const card = /** @type {import("./state.js").Decision} */ (row.decision);
    const [best, next] = card.options;
    const chosen = MADE[row.play_class] ?? (NOT_A_CHOICE.has(row.play_class) ? null : "go");
    const side = row.possession ?? "home";
    const where = [teams[side].abbreviation, downAndDistance(row), spot(row, teams)].filter(Boolean).join(" · ");
    const margin = next ? ` by ${((best.win_probability - next.win_probability) * 100).toFixed(1)}` : "";
    const [kind, word] = !chosen ? ["close", "No choice"] : chosen === best.choice ? ["yes", "Agreed"]
      : card.too_close ? ["close", "Close call"] : ["no", "Against"];
    return el(
      "li",
      {},
      el("span", {}, chosen ? choiceName(chosen) : className(row.play_class)),
      el(`span.agree.${kind}`, {}, word),
      el("span.caption", {}, `${when({ phase: "scrimmage", ...row })} · ${where} · best: ${choiceName(best.choice).toLowerCase()}${margin}`),
    );
  });
  return [
    el(
      "details.earlier",
      { open },
      el("summary", {}, `Fourth downs so far: ${rows.length}`),
      el("ol", { reversed: true }, ...items),
    ),
  ];
}

/** What the side did, beside what was best. @param {string} made @param {string} best @param {boolean} close */
function madeWords(made, best, close) {
  if (made === "unknown" || made === "penalty") return "What was chosen is not known.";
  const chosen = best === "kick" || best === "two" ? null : (MADE[made] ?? "go");
  const did = `They chose: ${chosen ? choiceName(chosen).toLowerCase() : className(made).toLowerCase()}.`;
  if (!chosen || close) return did;
  return `${did} ${chosen === best ? "The numbers agree." : `The numbers preferred: ${choiceName(best).toLowerCase()}.`}`;
}

/**
 * The key plays, each a button that leads to its place on the chart.
 * @param {HTMLElement} host @param {import("./state.js").Store} store @param {(playId: string) => void} choose
 */
export function drawKeys(host, store, choose) {
  const { teams } = store;
  const rows = store.keyPlays();
  if (!teams || unchanged(host, [rows, teams])) return;
  if (!rows.length) {
    host.replaceChildren(el("p.quiet-text", {}, "No play has moved the win probability by ten points yet."));
    return;
  }
  const items = rows.map((row, place) => {
    const added = gain(row.win_probability_added, teams);
    const score = row.home_score === null ? "" : ` · ${teams.away.abbreviation} ${row.away_score}, ${teams.home.abbreviation} ${row.home_score}`;
    const button = el(
      "button.key-play",
      { type: "button" },
      el(`span.rank.${added.side}`, { "aria-hidden": true }, String(place + 1)),
      el(
        "span.key-main",
        {},
        el("span.caption", {}, `${when({ phase: "scrimmage", ...row })}${score}`),
        el("span.play-text", {}, row.text || className(row.play_class)),
      ),
      el(`span.gain.${added.side}`, {}, added.text),
    );
    button.addEventListener("click", () => choose(row.play_id));
    return el("li", {}, button);
  });
  host.replaceChildren(el("ol.key-plays", {}, ...items));
}

/** @param {number} home the model's chance @param {number} price the market's */
function besideMarket(home, price) {
  const points = Math.abs(home - price) * 100;
  if (points < 0.05) return `Model ${percent(home)}, the same`;
  return `Model ${percent(home)}, ${points.toFixed(1)} points ${home > price ? "higher" : "lower"}`;
}

/** @param {string} name @param {string} value @param {string} words @param {Element | null} [picture] */
function tile(name, value, words, picture = null) {
  return el("div.tile", {}, el("dt", {}, name), el("dd", {}, el("strong", {}, value), picture, el("span.caption", {}, words)));
}

/**
 * Market, leverage, expected points and tracking.
 * @param {HTMLElement} host @param {import("./state.js").Store} store
 */
export function drawNumbers(host, store) {
  const { teams, update, pregame, state, market, home } = store;
  if (!teams || !state) return;
  const price = market.at(-1)?.p ?? null;
  const tracked = store.rows.findLast((row) => row.tracking) ?? null;
  const facts = [pregame, update?.leverage_index, update?.expected_points, price, home, state.possession, state.phase, tracked?.tracking];
  if (unchanged(host, facts)) return;
  const tiles = [];
  const total = pregame.total;
  tiles.push(
    tile("Line before kick-off", line(pregame.home_spread, teams), typeof total === "number" ? `Total ${total}` : "No total"),
  );
  const abbreviation = teams.home.abbreviation;
  tiles.push(
    price === null
      ? tile("Live market", "–", "No live price on this game")
      : tile("Live market", `${abbreviation} ${percent(price)}`, besideMarket(home, price)),
  );
  const live = state.phase !== "final" && state.phase !== "pregame";
  const leverage = update?.leverage_index;
  if (live && typeof leverage === "number") {
    const meter = el("span.meter", { "aria-hidden": true }, el("i"));
    meter.style.setProperty("--at", String(Math.min(1, leverage / 4)));
    tiles.push(tile("Leverage", `${leverage.toFixed(1)}×`, `${leverageWord(leverage)} next play`, meter));
  } else tiles.push(tile("Leverage", "–", live ? "Not known yet" : "No play to come"));
  const points = update?.expected_points;
  const ball = state.possession ? teams[state.possession].abbreviation : "";
  tiles.push(
    live && typeof points === "number"
      ? tile("Expected points", signed(points), ball ? `${ball} with the ball, next score` : "Next score")
      : tile("Expected points", "–", "No situation to value"),
  );
  if (tracked?.tracking) {
    tiles.push(el("div.tile.wide", {}, el("dt", {}, "Tracking"), el("dd", {}, el("span", {}, trackingWords(tracked.tracking).replace("Tracking: ", "")), el("span.caption", {}, tracked.text))));
  }
  host.replaceChildren(el("dl.tiles", {}, ...tiles));
}
