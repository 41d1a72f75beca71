/** Where a play stands on the chart's axis: seconds of game time, with overtime appended. Pure. */

export const PERIOD_S = 900;
export const REGULATION_S = 3600;
/** Overtime has no clock: each period gets the width of five minutes, and its plays stand evenly in it. */
export const OVERTIME_S = 300;
/** An overtime period is at least this many plays wide, so the first plays do not jump about as more come. */
const OVERTIME_SLOTS = 12;

/**
 * The seconds of game time at which each play was over, never falling.
 * @param {ReadonlyArray<{period: number, clock_s: number}>} plays oldest first
 * @returns {number[]}
 */
export function positions(plays) {
  /** @type {Map<number, number>} */
  const count = new Map();
  for (const { period } of plays) if (period > 4) count.set(period, (count.get(period) ?? 0) + 1);
  /** @type {Map<number, number>} */
  const seen = new Map();
  let last = 0;
  return plays.map(({ period, clock_s }) => {
    let at;
    if (period > 4) {
      const place = (seen.get(period) ?? 0) + 1;
      seen.set(period, place);
      const slots = Math.max(OVERTIME_SLOTS, count.get(period) ?? 0);
      at = REGULATION_S + (period - 5) * OVERTIME_S + (place / slots) * OVERTIME_S;
    } else {
      at = (period - 1) * PERIOD_S + (PERIOD_S - Math.min(PERIOD_S, Math.max(0, clock_s)));
    }
    last = Math.max(last, at);
    return last;
  });
}

/**
 * How far the axis reaches: regulation, and every overtime begun.
 * @param {number} lastPeriod
 */
export function extent(lastPeriod) {
  return REGULATION_S + Math.max(0, lastPeriod - 4) * OVERTIME_S;
}

/**
 * The periods on the axis, each with its label and its two ends.
 * @param {number} lastPeriod
 * @returns {Array<{label: string, from: number, to: number}>}
 */
export function periods(lastPeriod) {
  const marks = [1, 2, 3, 4].map((q) => ({ label: `Q${q}`, from: (q - 1) * PERIOD_S, to: q * PERIOD_S }));
  for (let p = 5; p <= lastPeriod; p += 1) {
    const from = REGULATION_S + (p - 5) * OVERTIME_S;
    marks.push({ label: p === 5 ? "OT" : `${p - 4}OT`, from, to: from + OVERTIME_S });
  }
  return marks;
}

/**
 * The index of the position nearest to `at`; of equals the last.
 * @param {ReadonlyArray<number>} places rising
 * @param {number} at
 */
export function nearest(places, at) {
  let best = 0;
  for (let i = 1; i < places.length; i += 1) {
    if (Math.abs(places[i] - at) <= Math.abs(places[best] - at)) best = i;
  }
  return best;
}
