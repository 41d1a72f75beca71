/** Words and figures: how football and probability are said. Pure; knows no page. */

/**
 * @typedef {{team_id: string, name: string, abbreviation: string}} Team
 * @typedef {{home: Team, away: Team}} Teams
 * @typedef {"home" | "away"} Side
 * @typedef {{phase: string, period: number, clock_s: number, home_score: number, away_score: number,
 *   possession: Side | null, down: number | null, distance_yd: number | null, yards_to_goal: number | null,
 *   home_timeouts: number, away_timeouts: number, overtime_series: number}} State
 * @typedef {{possession?: Side | null, down?: number | null, distance_yd?: number | null,
 *   yards_to_goal?: number | null}} Situation
 */

const MINUS = "\u2212";
const ORDINALS = ["", "1st", "2nd", "3rd", "4th"];

/** @type {Record<string, string>} */
const CHOICES = { go: "Go for it", field_goal: "Field goal", punt: "Punt", kick: "Kick for one", two: "Go for two" };

/** @type {Record<string, string>} */
const CLASSES = {
  run: "Run", pass: "Pass", sack: "Sack", scramble: "Scramble", punt: "Punt", kickoff: "Kick-off",
  field_goal: "Field goal", try: "Try", penalty: "Penalty", interception: "Interception",
  fumble_lost: "Fumble lost", safety: "Safety", timeout: "Time-out", administrative: "Game note", unknown: "Play",
};

/** @type {Record<string, string>} */
const DOUBTS = {
  next_derived: "next situation worked out from the rules",
  next_held: "next situation not stated",
  clock_rose: "clock ran backwards",
  score_fell: "score fell",
  period_fell: "quarter ran backwards",
};

/**
 * A probability as a percentage with one decimal. Short of certainty it never says 0 or 100.
 * @param {number} p
 */
export function percent(p) {
  if (p >= 1) return "100%";
  if (p <= 0) return "0%";
  if (p > 0.999) return ">99.9%";
  if (p < 0.001) return "<0.1%";
  return `${(p * 100).toFixed(1)}%`;
}

/**
 * A probability as a whole percentage, for narrow places.
 * @param {number} p
 */
export function wholePercent(p) {
  if (p >= 1) return "100%";
  if (p <= 0) return "0%";
  if (p > 0.99) return ">99%";
  if (p < 0.01) return "<1%";
  return `${Math.round(p * 100)}%`;
}

/**
 * The ends of an interval: "78–83%".
 * @param {number} low
 * @param {number} high
 */
export function interval(low, high) {
  return `${(low * 100).toFixed(0)}–${(high * 100).toFixed(0)}%`;
}

/**
 * A number with its sign; a true minus, and no sign for what rounds to zero.
 * @param {number} value
 * @param {number} [digits]
 */
export function signed(value, digits = 1) {
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return text;
  return (value < 0 ? MINUS : "+") + text;
}

/**
 * Win probability added, said for the side that gained by it: "HRB +4.2".
 * @param {number} added for the home side
 * @param {Teams} teams
 * @returns {{side: Side | null, text: string, spoken: string}}
 */
export function gain(added, teams) {
  const points = Math.abs(added) * 100;
  if (points < 0.05) return { side: null, text: "0.0", spoken: "no change" };
  const side = added > 0 ? "home" : "away";
  const team = teams[side];
  return {
    side,
    text: `${team.abbreviation} +${points.toFixed(1)}`,
    spoken: `${points.toFixed(1)} points toward ${team.name}`,
  };
}

/** @param {number} period */
export function periodShort(period) {
  if (period <= 4) return `Q${period}`;
  return period === 5 ? "OT" : `${period - 4}OT`;
}

/** @param {number} period */
export function periodLong(period) {
  if (period <= 4) return `${ORDINALS[period] ?? period} quarter`;
  return period === 5 ? "Overtime" : `${ordinal(period - 4)} overtime`;
}

/** @param {number} n */
export function ordinal(n) {
  return ORDINALS[n] || `${n}th`;
}

/** @param {number} seconds */
export function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}

/**
 * Where the game is: "Q3 7:12", "Half-time", "Final/OT".
 * @param {Pick<State, "phase" | "period" | "clock_s">} state
 * @param {boolean} [over]
 */
export function when(state, over = false) {
  if (over || state.phase === "final") return state.period > 4 ? `Final/${periodShort(state.period)}` : "Final";
  if (state.phase === "pregame") return "Before kick-off";
  if (state.period > 4) return periodShort(state.period);
  if (state.clock_s === 0 && state.period === 2) return "Half-time";
  if (state.clock_s === 0) return `End of ${periodShort(state.period)}`;
  return `${periodShort(state.period)} ${clock(state.clock_s)}`;
}

/**
 * The spot of the ball: "SCS 34", "midfield".
 * @param {Situation} situation
 * @param {Teams} teams
 */
export function spot(situation, teams) {
  const { possession, yards_to_goal: yards } = situation;
  if (!possession || yards === null || yards === undefined) return "";
  if (yards === 50) return "midfield";
  const other = possession === "home" ? "away" : "home";
  return yards > 50
    ? `${teams[possession].abbreviation} ${100 - yards}`
    : `${teams[other].abbreviation} ${yards}`;
}

/**
 * Down and distance: "3rd & 7", "1st & Goal"; empty where there is none.
 * @param {Situation} situation
 */
export function downAndDistance(situation) {
  const { down, distance_yd: distance, yards_to_goal: yards } = situation;
  if (!down) return "";
  if (distance === null || distance === undefined) return `${ordinal(down)} down`;
  const goal = yards !== null && yards !== undefined && distance >= yards;
  return `${ordinal(down)} & ${goal ? "Goal" : distance}`;
}

/**
 * What the game waits for: "3rd & 7 at SCS 34", "HRB to receive".
 * @param {State} state
 * @param {Teams} teams
 */
export function situation(state, teams) {
  const team = state.possession ? teams[state.possession].abbreviation : "";
  if (state.phase === "kickoff") return team ? `Kick-off, ${team} to receive` : "Kick-off";
  if (state.phase === "try") return team ? `${team} to try after the touchdown` : "Try after the touchdown";
  // The last spot of the first half stays in the state until the second half's kick-off; nobody waits for it.
  if (state.phase !== "scrimmage" || (state.period === 2 && state.clock_s === 0)) return "";
  const where = spot(state, teams);
  return [downAndDistance(state), where].filter(Boolean).join(" at ");
}

/**
 * How long ago, in words a viewer would use.
 * @param {number} seconds
 */
export function ago(seconds) {
  if (seconds < 1.5) return "just now";
  if (seconds < 90) return `${Math.round(seconds)} s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  return `${Math.round(seconds / 3600)} h ago`;
}

/** @param {string} choice */
export function choiceName(choice) {
  return CHOICES[choice] ?? choice.replaceAll("_", " ");
}

/** @param {string | null | undefined} name */
export function className(name) {
  return CLASSES[name ?? "unknown"] ?? "Play";
}

/** @param {string} doubt */
export function doubtName(doubt) {
  return DOUBTS[doubt] ?? doubt.replaceAll("_", " ");
}

/**
 * The line before kick-off: "HRB −3.5", or "Pick’em".
 * @param {number | null | undefined} spread home points given
 * @param {Teams} teams
 */
export function line(spread, teams) {
  if (spread === null || spread === undefined) return "No line";
  if (spread === 0) return "Pick\u2019em";
  const favourite = spread < 0 ? teams.home : teams.away;
  return `${favourite.abbreviation} ${MINUS}${Math.abs(spread)}`;
}

/**
 * How much the next play matters, in a word.
 * @param {number} index
 */
export function leverageWord(index) {
  if (index < 0.5) return "Low";
  if (index < 1.5) return "Ordinary";
  if (index < 3) return "High";
  return "Decisive";
}

/**
 * A scheduled start in the viewer's own time.
 * @param {number | null | undefined} ns
 */
export function startTime(ns) {
  if (!ns) return "Time to be set";
  return new Intl.DateTimeFormat(undefined, { weekday: "short", hour: "numeric", minute: "2-digit" }).format(
    new Date(ns / 1e6),
  );
}
