/* Puts flat keys on the stage. Knows no network and no football: keys in, pictures out. */
(function () {
  "use strict";
  const wpsim = window.wpsim;

  wpsim.Scene = function (layers) {
    const stage = document.getElementById("stage");
    const odds = document.getElementById("odds");
    const situation = document.getElementById("situation");
    const card = document.getElementById("card");
    let keys = {};
    let playing = false;
    let cardTimer = null;
    let cardId = "";
    let cardOn = false;

    function wanted(part) {
      return layers.length === 0 || layers.indexOf(part) >= 0;
    }

    function known() {
      return keys.on_air !== "false" && Object.keys(keys).length > 0;
    }

    function setText(element, text) {
      if (element.textContent !== text) element.textContent = text;
    }

    function bind(root) {
      const texts = root.querySelectorAll("[data-text]");
      for (let index = 0; index < texts.length; index += 1) {
        setText(texts[index], keys[texts[index].getAttribute("data-text")] || "");
      }
    }

    /** Shrink what is wider than its place. */
    function fitTexts(root) {
      const texts = root.querySelectorAll("[data-fit]");
      for (let index = 0; index < texts.length; index += 1) {
        const text = texts[index];
        text.style.fontSize = "";
        if (text.scrollWidth > text.clientWidth + 1) {
          const size = parseFloat(getComputedStyle(text).fontSize);
          text.style.fontSize = Math.max(16, Math.floor((size * text.clientWidth) / text.scrollWidth)) + "px";
        }
      }
    }

    function bindTimeouts(root) {
      const rows = root.querySelectorAll("[data-timeouts]");
      for (let row = 0; row < rows.length; row += 1) {
        const left = Number(keys[rows[row].getAttribute("data-timeouts")] || 0);
        for (let place = 0; place < rows[row].children.length; place += 1) {
          rows[row].children[place].className = place < left ? "left" : "";
        }
      }
    }

    function showCard(fields) {
      clearTimeout(cardTimer);
      cardId = fields.key_play_id;
      cardOn = true;
      bind(card);
      fitTexts(card);
      card.setAttribute("data-side", fields.key_play_side || "home");
      card.style.setProperty("--display", (Number(fields.key_play_display_ms) || wpsim.KEY_PLAY_DISPLAY_MS) + "ms");
      card.classList.remove("timing");
      void card.offsetWidth; // starts the line that runs out from its beginning
      card.classList.add("timing");
      cardTimer = setTimeout(hideCard, Number(fields.key_play_display_ms) || wpsim.KEY_PLAY_DISPLAY_MS);
      place();
    }

    function hideCard() {
      clearTimeout(cardTimer);
      cardOn = false;
      place();
    }

    /** Show or hide each part by what is known. */
    function place() {
      const shown = playing && known();
      odds.classList.toggle("on", shown && wanted("wp") && keys.home_win_percent !== "");
      situation.classList.toggle("on", shown && wanted("situation") && (keys.situation_text || "") !== "");
      card.classList.toggle("on", shown && wanted("keyplay") && cardOn);
      stage.classList.toggle("held", keys.stale === "true");
    }

    /** Draw flat keys; a card is shown once for each key_play_id that is new. */
    this.draw = function (fresh) {
      keys = Object.assign({}, keys, fresh);
      if (known()) {
        // What is leaving keeps its words until it has left.
        bind(odds);
        fitTexts(odds);
        bindTimeouts(odds);
        bind(situation);
        fitTexts(situation);
        situation.classList.toggle("bare", !keys.down_distance_text);
        const home = Number(keys.home_win_percent);
        if (keys.home_win_percent !== "" && isFinite(home)) {
          odds.style.setProperty("--home", String(home / 100));
          odds.style.setProperty("--away", String(1 - home / 100));
        }
        odds.classList.toggle("home-ball", keys.possession === "home");
        odds.classList.toggle("away-ball", keys.possession === "away");
        odds.classList.toggle("home-leads", home > 50);
        odds.classList.toggle("away-leads", home < 50);
        setText(odds.querySelector(".label"), keys.stale === "true" ? "AS OF " + (keys.clock_text || "") : "WIN PROBABILITY");
      }
      if (keys.key_play_on === "true") {
        if (keys.key_play_id !== cardId) showCard(keys);
        else if (cardOn) bind(card);
      } else if (cardOn) {
        hideCard();
      }
      if (keys.key_play_on !== "true") cardId = "";
      place();
    };

    /** Let it come. */
    this.play = function () { playing = true; place(); };
    /** Let it go, by its animation. */
    this.stop = function () { playing = false; hideCard(); };
    /** Take the card away before its time. */
    this.next = function () { hideCard(); };
    /** Take everything away at once, and forget it. */
    this.remove = function () {
      playing = false;
      keys = {};
      cardId = "";
      stage.classList.add("cut");
      hideCard();
      void stage.offsetWidth;
      stage.classList.remove("cut");
    };
    /** What is drawn now. */
    this.keys = function () { return Object.assign({}, keys); };
  };

  /** Fit the 1920x1080 stage into whatever the renderer's window is. */
  wpsim.fit = function () {
    const scale = Math.min(window.innerWidth / 1920, window.innerHeight / 1080);
    document.getElementById("stage").style.transform = scale === 1 ? "" : "scale(" + scale + ")";
  };
})();
