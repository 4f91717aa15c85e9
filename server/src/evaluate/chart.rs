//! Charts of the report, as SVG.

use anyhow::anyhow;
use plotters::prelude::*;

/// x, y, and the interval of y where there is one.
pub(super) type Point = (f64, f64, Option<(f64, f64)>);

/// One line of a chart.
pub(super) struct Series {
    pub(super) name: String,
    pub(super) points: Vec<Point>,
}

const SIZE: (u32, u32) = (720, 420);
/// Distinct for people who see colours differently, too (Okabe and Ito 2008).
const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
];

/// Accuracies against a quantity on a logarithmic axis, with bands for the intervals.
pub(super) fn lines(title: &str, x_label: &str, series: &[Series]) -> anyhow::Result<String> {
    let failed = |error: &dyn std::fmt::Display| anyhow!("the chart `{title}` cannot be drawn: {error}");
    let points = || series.iter().flat_map(|series| &series.points);
    let (low_x, high_x) = points().fold((f64::INFINITY, 1.0_f64), |(low, high), p| (low.min(p.0), high.max(p.0)));
    let y_of = |p: &Point| p.2.unwrap_or((p.1, p.1));
    let (low_y, high_y) = points().map(y_of).fold((1.0_f64, 0.0_f64), |(low, high), y| (low.min(y.0), high.max(y.1)));
    let (low_y, high_y) = ((low_y * 10.0).floor() / 10.0, (high_y * 10.0).ceil() / 10.0);
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        root.fill(&WHITE).map_err(|error| failed(&error))?;
        let mut chart = ChartBuilder::on(&root)
            .caption(title, ("sans-serif", 18))
            .margin(12)
            .x_label_area_size(40)
            .y_label_area_size(52)
            .build_cartesian_2d((low_x..high_x * 1.05).log_scale(), low_y..high_y)
            .map_err(|error| failed(&error))?;
        let mesh = &mut chart.configure_mesh();
        let mesh = mesh.x_desc(x_label).y_desc("accuracy").y_label_formatter(&|y| format!("{:.0}%", y * 100.0));
        mesh.x_label_formatter(&|x| format!("{x:.0}")).light_line_style(TRANSPARENT).draw().map_err(|e| failed(&e))?;
        for (series, colour) in series.iter().zip(COLOURS.into_iter().cycle()) {
            let bounds = series.points.iter().filter_map(|p| Some((p.0, p.2?)));
            let upper: Vec<(f64, f64)> = bounds.clone().map(|(x, (_, high))| (x, high)).collect();
            let lower = bounds.rev().map(|(x, (low, _))| (x, low));
            let band: Vec<(f64, f64)> = upper.into_iter().chain(lower).collect();
            if band.len() > 3 {
                let band = Polygon::new(band, colour.mix(0.15));
                chart.draw_series(std::iter::once(band)).map_err(|error| failed(&error))?;
            }
            let line = LineSeries::new(series.points.iter().map(|p| (p.0, p.1)), colour.stroke_width(2)).point_size(3);
            let key = move |(x, y)| PathElement::new(vec![(x, y), (x + 18, y)], colour.stroke_width(3));
            chart.draw_series(line).map_err(|error| failed(&error))?.label(&series.name).legend(key);
        }
        let labels = &mut chart.configure_series_labels();
        let labels = labels.position(SeriesLabelPosition::LowerRight).background_style(WHITE.mix(0.85));
        labels.border_style(BLACK.mix(0.2)).draw().map_err(|error| failed(&error))?;
        root.present().map_err(|error| failed(&error))?;
    }
    Ok(svg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_names_its_lines() {
        let point = |x: f64, y: f64| (x, y, Some((y - 0.05, y + 0.05)));
        let series = |name: &str| Series { name: name.to_owned(), points: vec![point(1.0, 0.5), point(8.0, 0.7)] };
        let svg = lines("Votes", "samples", &[series("with critic"), series("without")]).expect("drawn");
        assert!(svg.starts_with("<svg") && svg.contains("with critic") && svg.contains("Votes"));
        assert!(svg.matches("<polyline").count() >= 2, "{svg}");
    }
}
