"""The page of `wpsim calibrate --report`: scores, curves, tails and slices in one HTML file."""

from collections.abc import Sequence
from pathlib import Path

from calibration.assess import Assessment, Slice, Versus
from calibration.assessment_plots import corp_plot, slices_plot, tails_plot
from calibration.bootstrap import Estimate
from calibration.page import facts, page, picture, section, table, tiles
from calibration.report import INDEX
from calibration.sets import COMMON_SET

_EXPLAINED = (
    "Intervals are 95 %, over games drawn again, since the plays of a game share one outcome. Differences are"
    " paired, ours minus theirs: below 0 this model is better. MCB is what the best monotone recalibration"
    " would gain; a calibrated forecast shows some of it by chance."
)


def write_assessment(folder: Path, found: Assessment, *, seasons: Sequence[str], model: str) -> Path:
    """Write plots and the page into a folder, which is made; return the page."""
    folder.mkdir(parents=True, exist_ok=True)
    corp_plot(found, folder)
    tails_plot(found, folder)
    slices_plot(found, folder)
    bins = [
        (f"{one.low:.1f}–{one.high:.1f}", f"{one.predicted:.3f}", f"{one.actual:.3f}", f"{one.count:,}")
        for one in found.bins
        if one.predicted is not None and one.actual is not None
    ]
    explained = f"<p>{_EXPLAINED}</p>"
    sections = (
        section("Scores", _scores(found, seasons, model)),
        section(
            "Calibration",
            f'<div class="beside">{picture("corp", "CORP reliability diagram", narrow=False)}'
            f"{table(('said', 'predicted', 'happened', 'plays'), bins)}</div>",
            explained,
        ),
        section("Other models on the same plays", _versus(found.whole.versus)),
        section("Sure things", picture("tails", "How often sure things failed", narrow=False), _tails(found)),
        section(
            "Slices",
            picture("slices", "Differences by slice", narrow=False, wide=True),
            _slices(found.by),
        ),
    )
    path = folder / INDEX
    path.write_text(page(f"Calibration of {model.partition(' (')[0]}", sections), encoding="utf-8")
    return path


def _scores(found: Assessment, seasons: Sequence[str], model: str) -> str:
    whole, mcb = found.whole, found.mcb
    cards = (
        ("plays", f"{whole.plays:,}"),
        ("games", f"{whole.games:,}"),
        ("Brier", f"{whole.brier.value:.4f}"),
        ("log loss", f"{whole.log_loss.value:.4f}"),
        ("miscalibration", f"{mcb.value:.5f}"),
        ("smooth calibration error", f"{found.smooth_calibration_error:.4f}"),
    )
    told = [
        ("seasons", ", ".join(seasons)),
        ("model", model),
        ("set", COMMON_SET),
        ("Brier, 95 %", _ends(whole.brier)),
        ("log loss, 95 %", _ends(whole.log_loss)),
        (
            "MCB",
            f"below {mcb.high:.5f} with 95 %; a calibrated forecast shows {mcb.by_chance:.5f},"
            f" up to {mcb.by_chance_high:.5f}",
        ),
        ("discrimination, uncertainty", f"{found.parts.dsc:.4f}, {found.parts.unc:.4f}"),
    ]
    for direction in found.consistency.directions[:1]:
        critical = found.consistency.critical_t
        said = f"{direction.name}: {direction.t:+.1f} standard errors; a calibrated forecast: {critical:.1f}"
        told.append(("farthest off", said))
    return tiles(cards) + facts(told)


def _versus(compared: Sequence[Versus]) -> str:
    rows = [
        (
            one.reference, f"{one.plays:,}", f"{one.brier:.4f}", f"{one.ours:.4f}", _signed(one.diff),
            f"{one.log_loss:.4f}", f"{one.log_loss_ours:.4f}", _signed(one.log_loss_diff),
        )
        for one in compared
    ]  # fmt: skip
    heads = ("reference", "plays", "Brier", "ours", "difference", "log loss", "ours", "difference")
    return table(heads, rows) if rows else "<p>No other model's probabilities are in these files.</p>"


def _tails(found: Assessment) -> str:
    by_plays = [
        (one.name, f"{one.plays:,}", f"{one.games:,}", f"{one.said:.4f}", f"{one.happened.value:.4f}",
         _ends(one.happened))
        for one in found.tails
    ]  # fmt: skip
    by_games = [
        (
            f"{one.sure * 100:g} %",
            f"{one.games:,}",
            f"{one.expected:.1f}",
            str(one.broken),
            f"{one.p_value:.2g}",
        )
        for one in found.promises
    ]
    heads = ("home side said", "plays", "games", "said", "happened", "95 %")
    first = ("a side was once given", "games", "expected to lose", "lost", "p")
    return table(heads, by_plays) + table(first, by_games)


def _slices(by: Sequence[Slice]) -> str:
    references = list(dict.fromkeys(one.reference for part in by for one in part.versus))
    rows = []
    for part in by:
        diffs = {one.reference: _signed(one.diff) for one in part.versus}
        scores = (f"{part.plays:,}", f"{part.games:,}", f"{part.brier.value:.4f}", _ends(part.brier))
        name = part.name.replace("_", " ")
        rows.append((name, *scores, *(diffs.get(reference, "–") for reference in references)))
    return table(("slice", "plays", "games", "Brier", "95 %", *references), rows)


def _ends(estimate: Estimate) -> str:
    return f"{estimate.low:.4f} to {estimate.high:.4f}"


def _signed(estimate: Estimate) -> str:
    return f"{estimate.value:+.4f} ({estimate.low:+.4f} to {estimate.high:+.4f})"
