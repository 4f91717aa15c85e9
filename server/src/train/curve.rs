//! The loss curve as SVG, readable in light and dark.

use std::fmt::Write;

use super::log::Entry;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 320.0;
const MARGIN: f64 = 48.0;

/// Loss against steps, the loss on a logarithmic axis.
pub(super) fn svg(title: &str, entries: &[Entry]) -> String {
    let last = entries.last().map_or(1.0, |entry| entry.step.max(1) as f64);
    let losses = || entries.iter().map(|entry| entry.loss.max(1e-4).log10());
    let (low, high) = losses().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), l| (low.min(l), high.max(l)));
    let (low, high) = if low < high { (low, high) } else { (-1.0, 1.0) };
    let x = |step: u64| MARGIN + step as f64 / last * (WIDTH - 2.0 * MARGIN);
    let y = |log: f64| HEIGHT - MARGIN - (log - low) / (high - low) * (HEIGHT - 2.0 * MARGIN);
    let points: Vec<String> =
        entries.iter().zip(losses()).map(|(entry, log)| format!("{:.1},{:.1}", x(entry.step), y(log))).collect();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         font-family=\"system-ui, sans-serif\" font-size=\"12\" color=\"#667\" fill=\"currentColor\">\
         <title>{}</title>\n",
        escape(title)
    );
    for tick in ticks(low, high) {
        let at = y(tick.log10());
        let _ = writeln!(
            svg,
            "<path d=\"M{MARGIN} {at:.1}H{:.1}\" stroke=\"currentColor\" stroke-opacity=\".25\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{tick}</text>",
            WIDTH - MARGIN,
            MARGIN - 6.0,
            at + 4.0
        );
    }
    let _ = writeln!(
        svg,
        "<polyline fill=\"none\" stroke=\"#2a78d6\" stroke-width=\"1.5\" points=\"{}\"/>\n\
         <text x=\"{MARGIN}\" y=\"{:.1}\">step 0</text><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{last}</text>\n\
         <text x=\"{MARGIN}\" y=\"24\">{}: loss in nats a token</text>\n</svg>",
        points.join(" "),
        HEIGHT - MARGIN + 18.0,
        WIDTH - MARGIN,
        HEIGHT - MARGIN + 18.0,
        escape(title)
    );
    svg
}

/// Round values within the powers of ten `low` to `high`.
fn ticks(low: f64, high: f64) -> Vec<f64> {
    let powers = (low.floor() as i32)..=(high.ceil() as i32);
    let all = powers.flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10f64.powi(power)));
    // 0.05 is not exactly 5 · 10⁻²; shown with as many digits as it needs.
    let all = all.map(|tick| (tick * 1e6).round() / 1e6);
    all.filter(|tick| *tick > 0.0 && (low..=high).contains(&tick.log10())).collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_goes_from_corner_to_corner() {
        let entry = |step, loss| Entry { step, loss, ..Entry::default() };
        let svg = svg("a < b", &[entry(0, 1.0), entry(50, 0.5), entry(100, 0.1)]);
        assert!(svg.contains("points=\"48.0,48.0 360.0,115.4 672.0,272.0\""), "{svg}");
        assert!(svg.contains("a &lt; b") && !svg.contains("a < b"));
        for tick in ["0.1", "0.2", "0.5", "1"] {
            assert!(svg.contains(&format!(">{tick}</text>")), "{tick}");
        }
    }
}
