/* Keeps a scene right by itself: the WebSocket /GAME_ID, then polling /graphics/ID.json, then nothing.
   What stands is held and marked while data are stale, and cleared when they stay so. */
(function () {
  "use strict";
  const wpsim = window.wpsim;

  wpsim.TIMES = {
    pingMs: 5000,
    deafMs: 12000,
    firstPauseMs: 250,
    longestPauseMs: 5000,
    pollMs: 1000,
    pollTimeoutMs: 2000,
    markMs: 5000,
    holdMs: 30000,
    silentMs: 300000,
    breakMs: 2400000,
    freshMs: 15000,
  };
  const MOST_WAITING = 5000;

  wpsim.Live = function (scene, gameId, delayMs, base, times) {
    const now = function () { return performance.now(); };
    const path = encodeURIComponent(gameId);
    let socket = null;
    let failures = 0;
    let connectedOnce = false;
    let heardMs = now();
    let epoch = null;
    let offset = -1;
    let home = null;
    let away = null;
    let skewMs = 0;
    // What was heard and is not on the air yet, because of the delay: {dueMs, draw, update}.
    let line = [];
    // What is on the air: the last update, the last keys that were fresh, its card, and since when its data are
    // stale (null: they are not).
    let aired = null;
    let airedKeys = null;
    let airedMs = now();
    let card = null;
    let healthKnown = false;
    let staleSinceMs = null;
    let lostSinceMs = now();
    let cleared = false;
    let polling = false;

    // --- the socket ---

    function connect() {
      const query = epoch === null ? "" : "?epoch=" + encodeURIComponent(epoch) + "&offset=" + offset;
      const address = base.replace(/^http/, "ws") + "/" + path + query;
      let opened;
      try {
        opened = new WebSocket(address);
      } catch (error) {
        again();
        return;
      }
      socket = opened;
      heardMs = now();
      opened.onopen = function () { opened.send('{"type":"ping"}'); };
      opened.onmessage = function (event) {
        if (opened !== socket) return;
        heardMs = now();
        try {
          hear(JSON.parse(event.data));
        } catch (error) {
          drop();
          return;
        }
        lostSinceMs = null;
        failures = 0;
      };
      opened.onclose = function () { if (opened === socket) drop(); };
    }

    function drop() {
      const old = socket;
      socket = null;
      if (old !== null) {
        old.onclose = null;
        old.onmessage = null;
        old.close();
      }
      if (lostSinceMs === null) lostSinceMs = now();
      again();
    }

    function again() {
      failures += 1;
      const pause = Math.min(times.longestPauseMs, times.firstPauseMs * Math.pow(2, failures - 1));
      setTimeout(connect, pause * (0.75 + Math.random() / 4));
    }

    function hear(message) {
      if (message.type === "pong") {
        skewMs = Number(message.data.server_ns) / 1e6 - Date.now();
      } else if (message.type === "resumed") {
        if (!(message.data.to_offset > offset)) revive();
      } else if (message.type === "snapshot") {
        const data = message.data;
        const first = epoch !== data.epoch || offset < 0;
        home = data.home;
        away = data.away;
        epoch = data.epoch;
        offset = data.offset;
        const update = message.update || fromSnapshot(data);
        if (first) line = [];
        put(update, message, connectedOnce && !first);
        connectedOnce = true;
      } else if (message.type === "update") {
        const update = message.data;
        if (update.epoch !== epoch || home === null) {
          socket.send('{"type":"request_snapshot"}');
        } else if (update.offset === offset + 1) {
          offset = update.offset;
          if (update.cause === "start") socket.send('{"type":"request_snapshot"}');
          put(update, message, true);
        } else if (update.offset > offset) {
          socket.send('{"type":"request_snapshot"}');
        }
      }
    }

    /** Show again what was held or cleared only because the connection was lost, where nothing was missed. */
    function revive() {
      if (airedKeys !== null && staleSinceMs === null) show(Object.assign({}, airedKeys, cardKeys()));
    }

    function fromSnapshot(data) {
      return {
        game_id: data.game_id, epoch: data.epoch, offset: data.offset, cause: "start", state: data.state,
        home_win_probability: data.home_win_probability, away_win_probability: data.away_win_probability,
        win_probability_added: 0,
      };
    }

    // --- the delay ---

    function put(update, message, mayShow) {
      if (update.play_id !== undefined && (update.cause === "play" || update.cause === "correction")) {
        line = line.filter(function (one) { return !one.update || !isWrong(one.update, update); });
      }
      line.push({
        dueMs: now() + delayMs,
        update: update,
        draw: drawer(update, message.text, Number(message.received_ns) / 1e6, mayShow, home, away),
      });
      if (line.length > MOST_WAITING) line.shift();
      if (delayMs === 0) work();
    }

    function isWrong(old, fresh) {
      if (old.play_id !== fresh.play_id) return false;
      if (fresh.status === "cancelled") return true;
      return (old.cause === "play" || old.cause === "correction")
        && old.win_probability_added !== fresh.win_probability_added;
    }

    function drawer(update, text, receivedMs, mayShow, homeTeam, awayTeam) {
      return function () {
        const keys = wpsim.keysOf(update, homeTeam, awayTeam);
        const before = aired;
        const stale = wpsim.isStale(update);
        aired = update;
        airedMs = now();
        healthKnown = healthKnown || update.cause === "feed" || stale;
        if (takenBack(update)) card = null;
        if (!stale) staleSinceMs = null;
        else if (staleSinceMs === null) staleSinceMs = now();
        const ageMs = Date.now() + skewMs - receivedMs - delayMs;
        const swing = Math.round(update.win_probability_added * 100);
        const fresh = mayShow && !stale && update.key_play === true && update.cause === "play"
          && update.play_id !== undefined && update.status !== "cancelled" && !(ageMs > times.freshMs)
          && !(card !== null && card.id === update.play_id && card.swing === swing);
        if (fresh) {
          card = {
            id: update.play_id, swing: swing, order: update.order, untilMs: now() + wpsim.KEY_PLAY_DISPLAY_MS,
            keys: wpsim.cardOf(update, text, homeTeam, awayTeam, before && before.state),
          };
        }
        // Stale data change nothing that stands: the last good word is held.
        if (!stale) {
          airedKeys = keys;
          show(Object.assign({}, keys, cardKeys()));
        }
        else if (card === null || now() >= card.untilMs) scene.draw({ key_play_on: "false" });
      };
    }

    function takenBack(update) {
      if (card === null) return false;
      const told = update.cause === "play" || update.cause === "correction";
      if (told && update.play_id === card.id) {
        return update.status === "cancelled" || !update.key_play
          || Math.round(update.win_probability_added * 100) !== card.swing;
      }
      const changed = update.cause === "correction" || (update.corrected_plays || 0) > 0;
      return changed && !(update.order > card.order);
    }

    function cardKeys() {
      return card !== null && now() < card.untilMs ? card.keys : {};
    }

    function show(keys) {
      cleared = false;
      scene.draw(keys);
    }

    // --- the watch: what is due, what is stale, what is deaf ---

    function work() {
      while (line.length > 0 && line[0].dueMs <= now()) line.shift().draw();
      if (card !== null && now() >= card.untilMs && scene.keys().key_play_on === "true") {
        scene.draw({ key_play_on: "false" });
      }
      watch();
    }

    function watch() {
      // What was heard before the loss goes on airing for as long as the delay.
      const markMs = times.markMs + delayMs;
      const lost = lostSinceMs !== null && now() - lostSinceMs >= markMs ? lostSinceMs + markMs : null;
      const since = [staleSinceMs, lost, silentSince()].filter(function (one) { return one !== null; });
      if (since.length === 0 || cleared) return;
      if (scene.keys().stale !== "true" && scene.keys().on_air === "true") scene.draw({ stale: "true" });
      if (now() - Math.min.apply(null, since) >= times.holdMs) {
        cleared = true;
        scene.draw({ on_air: "false", key_play_on: "false" });
      }
    }

    function silentSince() {
      if (aired === null || healthKnown || polling) return null;
      const phase = aired.state.phase;
      if (phase === "pregame" || phase === "final") return null;
      const between = aired.state.period === 2 && aired.state.clock_s <= 0 && phase === "kickoff";
      const limit = between ? times.breakMs : times.silentMs;
      return now() - airedMs >= limit ? airedMs + limit : null;
    }

    function ping() {
      if (socket === null) return;
      if (now() - heardMs > times.deafMs) drop();
      else if (socket.readyState === 1) socket.send('{"type":"ping"}');
    }

    // --- the static fallback ---

    function poll() {
      const lost = lostSinceMs !== null && (failures > 1 || now() - lostSinceMs >= times.markMs / 2);
      if (!lost) {
        polling = false;
        setTimeout(poll, times.pollMs);
        return;
      }
      const stop = typeof AbortController === "function" ? new AbortController() : null;
      const timer = setTimeout(function () { if (stop) stop.abort(); }, times.pollTimeoutMs);
      const options = { cache: "no-store" };
      if (stop) options.signal = stop.signal;
      fetch(base + "/graphics/" + path + ".json", options).then(function (answer) {
        if (!answer.ok) throw new Error("status " + answer.status);
        return answer.json();
      }).then(function (keys) {
        if (socket !== null && lostSinceMs === null) return;
        polling = true;
        take(wpsim.parseTemplateData(keys));
      }).catch(function () {
        polling = false;
      }).then(function () {
        clearTimeout(timer);
        setTimeout(poll, times.pollMs);
      });
    }

    function take(keys) {
      // The server has delayed these already; only the rest of our delay is still to come.
      const restMs = Math.max(0, delayMs - (Number(keys.air_delay_ms) || 0));
      lostSinceMs = now();
      line.push({
        dueMs: now() + restMs,
        update: null,
        draw: function () {
          staleSinceMs = null;
          card = null;
          cleared = keys.on_air === "false";
          scene.draw(keys);
        },
      });
      work();
    }

    connect();
    setTimeout(poll, times.pollMs);
    setInterval(ping, times.pingMs);
    setInterval(work, 50);
  };
})();
