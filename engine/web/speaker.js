/** Speaks to screen readers: a short queue before one polite live region, so that news never talks over itself. */

import { say } from "./dom.js";

const APART_MS = 2_500;
const MOST_WAITING = 4;

export class Speaker {
  /** @param {HTMLElement} region */
  constructor(region) {
    this.region = region;
    /** @type {string[]} */
    this.waiting = [];
    this.busy = false;
  }

  /**
   * Say a sentence when its turn comes; of too many the oldest are left out.
   * @param {string} sentence
   */
  speak(sentence) {
    if (this.waiting.at(-1) === sentence) return;
    this.waiting.push(sentence);
    if (this.waiting.length > MOST_WAITING) this.waiting.shift();
    if (!this.busy) this.#next();
  }

  /** Forget what waits: another game was opened. */
  hush() {
    this.waiting = [];
    say(this.region, "");
  }

  #next() {
    const sentence = this.waiting.shift();
    this.busy = sentence !== undefined;
    if (sentence === undefined) return;
    // The same words twice would not be spoken: a no-break space at the end makes them others.
    say(this.region, this.region.textContent === sentence ? `${sentence}\u00a0` : sentence);
    window.setTimeout(() => this.#next(), APART_MS);
  }
}
