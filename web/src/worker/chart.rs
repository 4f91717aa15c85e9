//! The curves as pictures: SVG whose colours are the page's own, with fixed ones where there is no page.

use std::ops::Range;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::protocol::{Curve, Point};

/// What accuracy is drawn against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    /// K.
    Samples,
    /// Tokens for one story.
    Tokens,
}

/// Colours that stand for the page's, each with the property that replaces it.
const INK: RGBColor = RGBColor(0x1d, 0x1b, 0x18);
const RULE: RGBColor = RGBColor(0xd9, 0xd2, 0xc6);
const SERIES: [RGBColor; 3] = [RGBColor(0x85, 0x30, 0x6a), RGBColor(0x17, 0x50, 0x8f), RGBColor(0x1b, 0x63, 0x38)];
const PROPERTIES: [(RGBColor, &str); 5] =
    [(INK, "--ink"), (RULE, "--rule"), (SERIES[0], "--critic"), (SERIES[1], "--actor"), (SERIES[2], "--right")];

/// Widths that a chart may have: narrower its labels would meet, wider it would be mostly empty.
const WIDTHS: std::ops::RangeInclusive<u32> = 300..=760;

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Failed<'a> = DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>;

/// Draws curves with their intervals. The page's style gives the colours.
pub(super) fn draw(curves: &[Curve], axis: Axis, width: u32) -> String {
    let width = width.clamp(*WIDTHS.start(), *WIDTHS.end());
    let size = (width, 120 + width * 2 / 5);
    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
    let drawn = paint(&area, curves, axis);
    drop(area);
    match drawn {
        Ok(()) => themed(svg),
        Err(error) => {
            // The table beside the chart has every number.
            web_sys::console::warn_1(&format!("the chart could not be drawn: {error}").into());
            String::new()
        }
    }
}

fn paint<'a>(area: &Area<'a>, curves: &[Curve], axis: Axis) -> Result<(), Failed<'a>> {
    let (x, y) = ranges(curves, axis);
    let mut chart = ChartBuilder::on(area)
        .margin(8)
        .margin_right(16)
        .margin_top(24 + 20 * curves.len() as i32)
        .x_label_area_size(44)
        .y_label_area_size(48)
        .build_cartesian_2d(x, y)?;
    let x_name = if axis == Axis::Samples { "samples K" } else { "tokens read and written for one story" };
    let mesh = &mut chart.configure_mesh();
    let mesh = mesh.bold_line_style(RULE).light_line_style(TRANSPARENT).axis_style(RULE).label_style(label(15));
    let mesh =
        mesh.axis_desc_style(label(15)).x_desc(x_name).x_labels(if axis == Axis::Samples { 8 } else { 5 }).y_labels(6);
    mesh.x_label_formatter(&|x| axis.label(*x)).y_label_formatter(&|y| format!("{:.0} %", y * 100.0)).draw()?;
    for ((curve, colour), shape) in curves.iter().zip(SERIES).zip(0..) {
        let upper = curve.points.iter().map(|point| (axis.of(point), point.high));
        let lower = curve.points.iter().rev().map(|point| (axis.of(point), point.low));
        chart.draw_series(std::iter::once(Polygon::new(upper.chain(lower).collect::<Vec<_>>(), colour.mix(0.13))))?;
        let line: Vec<(f64, f64)> = curve.points.iter().map(|point| (axis.of(point), point.accuracy)).collect();
        chart.draw_series(line.iter().map(|place| marker(*place, colour, shape)))?;
        chart.draw_series(std::iter::once(PathElement::new(line, colour.stroke_width(2))))?;
    }
    for ((curve, colour), row) in curves.iter().zip(SERIES).zip(0..) {
        key(area, &curve.name, colour, row)?;
    }
    area.present()
}

impl Axis {
    fn of(self, point: &Point) -> f64 {
        if self == Self::Samples { (point.k as f64).log2() } else { point.tokens }
    }

    /// Samples double from label to label.
    fn label(self, x: f64) -> String {
        match self {
            Self::Samples if (x - x.round()).abs() > 1e-9 => String::new(),
            Self::Samples => format!("{:.0}", x.exp2()),
            Self::Tokens => format!("{x:.0}"),
        }
    }
}

/// What the axes span: all points, with their intervals.
fn ranges(curves: &[Curve], axis: Axis) -> (Range<f64>, Range<f64>) {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let least = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::INFINITY, f64::min);
    let most = |values: &mut dyn Iterator<Item = f64>| values.fold(0.0, f64::max);
    let left = least(&mut points().map(|point| axis.of(point)));
    let right = most(&mut points().map(|point| axis.of(point)));
    let bottom = (least(&mut points().map(|point| point.low)) * 10.0).floor() / 10.0;
    let top = (most(&mut points().map(|point| point.high)) * 10.0).ceil() / 10.0;
    // One point has no span of its own.
    (left..right.max(left + 1.0), bottom..top.max(bottom + 0.1))
}

/// A line of the key. Plotters' own key would have to measure text, which takes a document.
fn key<'a>(area: &Area<'a>, name: &str, colour: RGBColor, row: i32) -> Result<(), Failed<'a>> {
    let place = (24, 16 + 20 * row);
    area.draw(&marker(place, colour, row))?;
    area.draw(&PathElement::new(vec![(14, place.1), (34, place.1)], colour.stroke_width(2)))?;
    let style = label(16).pos(Pos::new(HPos::Left, VPos::Center));
    area.draw(&Text::new(name.to_owned(), (42, place.1), style))
}

fn label(size: u32) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&INK)
}

/// Curves differ by shape as well as by colour.
fn marker<'a, C: Clone + 'static>(place: C, colour: RGBColor, shape: i32) -> DynElement<'static, SVGBackend<'a>, C> {
    match shape {
        0 => Circle::new(place, 4, colour.filled()).into_dyn(),
        1 => TriangleMarker::new(place, 5, colour.filled()).into_dyn(),
        _ => Cross::new(place, 4, colour.stroke_width(2)).into_dyn(),
    }
}

/// Lets the page's style give the colours; what is saved has them fixed ([`crate::search::fixed_colours`]).
fn themed(svg: String) -> String {
    PROPERTIES.into_iter().fold(svg, |svg, (RGBColor(r, g, b), property)| {
        let colour = format!("#{r:02X}{g:02X}{b:02X}");
        svg.replace(&format!("\"{colour}\""), &format!("\"var({property},{colour})\""))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_names_its_curves_and_takes_the_pages_colours() {
        let point = |k: usize| Point { k, accuracy: 0.6, low: 0.5, high: 0.7, tokens: 100.0 * k as f64 };
        let curve = |name: &str| Curve { name: name.to_owned(), points: vec![point(1), point(8)] };
        let curves = [curve("with critic"), curve("without"), curve("without, thrice")];
        for axis in [Axis::Samples, Axis::Tokens] {
            let svg = draw(&curves, axis, 400);
            assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{svg}");
            assert!(curves.iter().all(|curve| svg.contains(&curve.name)), "{svg}");
            for property in ["--ink", "--rule", "--critic", "--actor", "--right"] {
                assert!(svg.contains(&format!("\"var({property},#")), "{property} in {svg}");
            }
        }
        let single = [Curve { name: "one".to_owned(), points: vec![point(1)] }];
        assert!(draw(&single, Axis::Samples, 10_000).contains("width=\"760\""), "one sample is drawn, too");
    }
}
