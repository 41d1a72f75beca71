// Sets the theme before the first paint, so it is a plain script in the head and no module: what the viewer chose
// on this device, or nothing (the style sheet then follows the system).
(() => {
  try {
    const chosen = localStorage.getItem("theme");
    if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
  } catch {
    // Storage may be forbidden; the system's theme holds then.
  }
})();
