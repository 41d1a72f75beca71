/* Wires it together: the query, CasparCG's functions, and the live connection where a game is named. */
(function () {
  "use strict";
  const wpsim = window.wpsim;
  const query = new URLSearchParams(window.location.search);
  const layers = (query.get("layer") || "").split(",").map(function (one) { return one.trim(); })
    .filter(function (one) { return one !== "" && one !== "all"; });
  const delayMs = Math.min(600000, Math.max(0, Number(query.get("delay_ms")) || 0));
  const theme = query.get("theme");
  document.body.setAttribute("data-theme", theme === "light" || theme === "minimal" ? theme : "dark");
  ["home", "away"].forEach(function (side) {
    const color = query.get(side + "_color");
    if (/^[0-9a-fA-F]{6}$/.test(color || "")) {
      document.documentElement.style.setProperty("--" + side + "-color", "#" + color);
    }
  });

  const scene = new wpsim.Scene(layers);
  wpsim.scene = scene;
  wpsim.errors = 0;

  // CasparCG calls these by name. They are never to throw: its log is not watched during a game.
  window.update = function (data) {
    try {
      scene.draw(wpsim.parseTemplateData(data));
    } catch (error) {
      wpsim.errors += 1;
    }
  };
  window.play = function () { scene.play(); };
  window.stop = function () { scene.stop(); };
  window.next = function () { scene.next(); };
  // CasparCG brings a remove() of its own, which ends the page.
  const removePage = window.remove;
  window.remove = function () {
    scene.remove();
    if (typeof removePage === "function") removePage();
  };

  window.addEventListener("resize", wpsim.fit);
  wpsim.fit();

  const game = query.get("game");
  if (game) {
    const times = Object.assign({}, wpsim.TIMES, window.wpsimTimes || {});
    scene.play();
    wpsim.live = new wpsim.Live(scene, game, delayMs, window.location.origin, times);
  }
})();
