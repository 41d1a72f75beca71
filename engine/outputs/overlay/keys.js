/* From what the server says over its WebSocket to flat keys: the same keys, in the same words, as
   /graphics/ID.json has them (engine/outputs/panel.py and wording.py; a test compares the two). */
(function () {
  "use strict";
  const wpsim = window.wpsim;
  const LONGEST_TEXT = 160;
  const LONGEST_NAME = 40;
  const LONGEST_ABBREVIATION = 6;
  const ORDINALS = { 1: "1st", 2: "2nd", 3: "3rd", 4: "4th" };
  const HEADLINES = {
    interception: "INTERCEPTION", fumble_lost: "FUMBLE", sack: "SACK", safety: "SAFETY",
  };
  const UNPRINTABLE =
    /[\u0000-\u001f\u007f-\u00a0\u00ad\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ud800-\udfff\ufeff]/;

  wpsim.KEY_PLAY_DISPLAY_MS = 5000;

  /** Return home and away as whole percents that add up to 100; 100 only for what is certain. */
  wpsim.percents = function (home) {
    if (home >= 1) return [100, 0];
    if (home <= 0) return [0, 100];
    const percent = Math.min(99, Math.max(1, Math.floor(home * 100 + 0.5)));
    return [percent, 100 - percent];
  };

  /** Return a text on one line, cut at a word where it is longer than `most` characters. */
  wpsim.oneLine = function (text, most) {
    const marks = Array.from(String(text || "")).slice(0, most * 8);
    const plain = Array.from(
      marks.map(function (mark) { return mark.length === 1 && UNPRINTABLE.test(mark) ? " " : mark; })
        .join("").split(/\s+/).filter(Boolean).join(" ")
    );
    if (plain.length <= most) return plain.join("");
    const cut = plain.slice(0, most - 1);
    const blank = cut.lastIndexOf(" ");
    return (blank > Math.floor(most / 2) ? cut.slice(0, blank) : cut).join("").replace(/[ ,;:.-]+$/, "") + "…";
  };

  function team(side) {
    const name = wpsim.oneLine(side.name, LONGEST_NAME) || wpsim.oneLine(side.team_id, LONGEST_NAME);
    const short = wpsim.oneLine(side.abbreviation, LONGEST_ABBREVIATION);
    const stem = Array.from(name).slice(0, 4).join("").toUpperCase();
    return { name: name, abbreviation: short || wpsim.oneLine(stem, LONGEST_ABBREVIATION) };
  }

  function clockText(state) {
    if (state.phase === "pregame" || state.phase === "final" || state.period > 4) return "";
    const left = Math.max(0, state.clock_s);
    const seconds = left % 60;
    return Math.floor(left / 60) + ":" + (seconds < 10 ? "0" : "") + seconds;
  }

  function periodText(state) {
    if (state.phase === "pregame") return "Pregame";
    const number = state.period - 4;
    const overtime = number <= 0 ? "" : number === 1 ? "OT" : number + "OT";
    if (state.phase === "final") return overtime ? "Final/" + overtime : "Final";
    if (overtime) return overtime;
    if (state.clock_s <= 0 && state.phase === "kickoff" && state.period === 2) return "Halftime";
    const period = ORDINALS[state.period] || String(state.period);
    const ended = state.clock_s <= 0 && (state.period === 1 || state.period === 3) && state.phase !== "try";
    return ended ? "End " + period : period;
  }

  function ballText(state, short) {
    const yards = state.yards_to_goal;
    if (yards === null || state.possession === null || state.phase !== "scrimmage") return "";
    if (yards === 50) return "50";
    const other = state.possession === "home" ? "away" : "home";
    return yards > 50 ? short[state.possession] + " " + (100 - yards) : short[other] + " " + yards;
  }

  function downDistanceText(state, short) {
    const side = state.possession;
    if (state.phase === "kickoff") return side === null ? "Kickoff" : "Kickoff to " + short[side];
    if (state.phase === "try") return side === null ? "Try" : short[side] + " try";
    if (state.phase !== "scrimmage") return "";
    const spot = ballText(state, short);
    const down = ORDINALS[state.down];
    if (!down || state.distance_yd === null) return spot ? "Ball at " + spot : "";
    const goal = state.yards_to_goal !== null && state.distance_yd >= state.yards_to_goal;
    const text = down + " & " + (goal ? "Goal" : Math.max(1, state.distance_yd));
    return spot ? text + " at " + spot : text;
  }

  function probability(value) {
    return value === undefined || value === null ? "" : value.toFixed(6);
  }

  /** Return an update's state with what the wire leaves out put in. */
  function whole(state) {
    const defaults = { possession: null, down: null, distance_yd: null, yards_to_goal: null };
    return Object.assign(defaults, state);
  }

  /** Return whether an update says that its feed cannot be trusted now; a result always can. */
  wpsim.isStale = function (update) {
    return update.feed !== undefined && update.feed !== "live" && update.state.phase !== "final";
  };

  /** Return the keys of an update, without a card. */
  wpsim.keysOf = function (update, home, away) {
    const homeTeam = team(home);
    const awayTeam = team(away);
    const short = { home: homeTeam.abbreviation, away: awayTeam.abbreviation };
    const state = whole(update.state);
    const percents = wpsim.percents(update.home_win_probability);
    const due = downDistanceText(state, short);
    const period = periodText(state);
    const clock = clockText(state);
    const market = update.market_home_win_probability;
    const side = state.phase === "final" ? null : state.possession;
    return {
      game_id: update.game_id,
      on_air: "true",
      stale: String(wpsim.isStale(update)),
      home_name: homeTeam.name,
      home_abbreviation: short.home,
      away_name: awayTeam.name,
      away_abbreviation: short.away,
      home_score: String(state.home_score),
      away_score: String(state.away_score),
      home_win_percent: String(percents[0]),
      away_win_percent: String(percents[1]),
      home_win_probability: probability(update.home_win_probability),
      away_win_probability: probability(update.away_win_probability),
      home_win_probability_low: probability(update.home_win_probability_low),
      home_win_probability_high: probability(update.home_win_probability_high),
      market_home_win_percent: market === undefined || market === null ? "" : String(Math.round(market * 100)),
      win_probability_text: (percents[0] >= percents[1] ? short.home : short.away) + " " + Math.max(percents[0], percents[1]) + "%",
      phase: state.phase,
      period: String(state.period),
      period_text: period,
      clock: clock,
      clock_text: (period + " " + clock).trim(),
      possession: side === null ? "" : side,
      possession_abbreviation: side === null ? "" : short[side],
      home_possession: String(side === "home"),
      away_possession: String(side === "away"),
      home_timeouts: String(state.home_timeouts),
      away_timeouts: String(state.away_timeouts),
      down_distance_text: due,
      ball_text: ballText(state, short),
      situation_text: !due || period === "Halftime" ? period : due,
      key_play_on: "false",
      key_play_id: "",
      key_play_headline: "",
      key_play_text: "",
      key_play_swing_text: "",
      key_play_side: "",
      key_play_display_ms: "",
    };
  };

  /** Return the keys of a card: the play that caused an update. `before` is the state it came from, or null. */
  wpsim.cardOf = function (update, text, home, away, before) {
    const added = update.win_probability_added;
    const side = added >= 0 ? "home" : "away";
    const short = team(side === "home" ? home : away).abbreviation;
    return {
      key_play_on: "true",
      key_play_id: update.play_id,
      key_play_headline: headline(update.play_class, points(before, update.state)),
      key_play_text: wpsim.oneLine(text, LONGEST_TEXT),
      key_play_swing_text: short + " +" + Math.round(Math.abs(added) * 100) + "%",
      key_play_side: side,
      key_play_display_ms: String(wpsim.KEY_PLAY_DISPLAY_MS),
    };
  };

  function points(before, after) {
    if (!before) return 0;
    const home = after.home_score - before.home_score;
    const away = after.away_score - before.away_score;
    return Math.min(home, away) === 0 ? Math.max(home, away) : 0;
  }

  function headline(playClass, scored) {
    if (scored >= 6) return "TOUCHDOWN";
    if (scored === 3) return "FIELD GOAL";
    return HEADLINES[playClass] || "KEY PLAY";
  }
})();
