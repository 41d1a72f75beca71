/**
 * Counts for how many seconds each section was in view, and tells the server the section and the seconds: nothing
 * about who watches, no identifier, no cookie.
 */

const EVERY_S = 30;
const LEAST_S = 1;
const MOST_S = 3600;

export class Usage {
  /** @param {Iterable<HTMLElement>} sections each with `data-section` */
  constructor(sections) {
    /** @type {Map<string, number>} Seconds not yet told, by section. */
    this.seconds = new Map();
    /** @type {Set<string>} */
    this.inView = new Set();
    this.beganMs = performance.now();
    this.observer = new IntersectionObserver(
      (entries) => {
        this.#count();
        for (const entry of entries) {
          const name = /** @type {HTMLElement} */ (entry.target).dataset.section ?? "";
          // A long list never shows as a whole: filling two fifths of the screen is in view, too.
          const much = entry.intersectionRect.height >= 0.4 * window.innerHeight || entry.intersectionRatio >= 0.5;
          if (entry.isIntersecting && much) this.inView.add(name);
          else this.inView.delete(name);
        }
      },
      { threshold: [0, 0.1, 0.25, 0.5, 0.75] },
    );
    for (const section of sections) this.observer.observe(section);
    window.setInterval(() => this.#tell(), EVERY_S * 1000);
    document.addEventListener("visibilitychange", () => {
      this.#count(document.hidden);
      if (document.hidden) this.#tell();
    });
    window.addEventListener("pagehide", () => this.#tell());
  }

  /** Add the time since the last count to every section in view. @param {boolean} [wasVisible] */
  #count(wasVisible = !document.hidden) {
    const now = performance.now();
    const passed = (now - this.beganMs) / 1000;
    this.beganMs = now;
    if (!wasVisible) return;
    for (const name of this.inView) this.seconds.set(name, Math.min(MOST_S, (this.seconds.get(name) ?? 0) + passed));
  }

  #tell() {
    this.#count();
    for (const [section, seconds] of this.seconds) {
      if (seconds < LEAST_S) continue;
      const whole = Math.floor(seconds);
      this.seconds.set(section, seconds - whole);
      const body = new Blob([JSON.stringify({ section, seconds: whole })], { type: "application/json" });
      // A count that is lost is lost: it is not worth a retry.
      navigator.sendBeacon?.("/api/usage", body);
    }
  }
}
