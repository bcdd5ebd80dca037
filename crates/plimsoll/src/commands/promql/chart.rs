//! Lines drawn with Braille dots: each character is two dots wide and four high.
//!
//! Invariant: what is drawn depends on the series and the size alone; colours only where a terminal reads.

use std::io::IsTerminal as _;

use super::answer::{Series, short};

/// Series drawn; more make nothing clearer.
const SERIES_MAX: usize = 8;
const HEIGHT: usize = 16;
const WIDTH: usize = 80;
/// Of the numbers at the left.
const MARGIN: usize = 9;

/// ANSI colours that are told apart on dark and light.
const COLOURS: [u8; SERIES_MAX] = [36, 33, 35, 32, 34, 31, 96, 93];

/// A chart of series with a legend beneath.
pub(super) fn draw(series: &[Series]) -> String {
    let columns = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    let width = columns.unwrap_or(WIDTH + MARGIN + 1).clamp(40, 200) - MARGIN - 1;
    chart(series, width, std::io::stdout().is_terminal())
}

fn chart(series: &[Series], width: usize, colours: bool) -> String {
    let drawn = &series[..series.len().min(SERIES_MAX)];
    let points = || drawn.iter().flat_map(|s| &s.points).filter(|(_, value)| value.is_finite());
    let Some((times, values)) = bounds(points()) else {
        return "no values\n".to_owned();
    };
    let mut canvas = Canvas::new(width);
    for (colour, series) in drawn.iter().enumerate() {
        let mut last = None;
        for (time, value) in &series.points {
            if !value.is_finite() {
                last = None;
                continue;
            }
            let x = scale(*time, times, 2 * width - 1);
            let y = 4 * HEIGHT - 1 - scale(*value, values, 4 * HEIGHT - 1);
            canvas.line(last.unwrap_or((x, y)), (x, y), colour);
            last = Some((x, y));
        }
    }
    let mut text = canvas.text(values, colours);
    text.push_str(&axis(times, width));
    for (colour, series) in drawn.iter().enumerate() {
        let last = series.points.last().map_or(f64::NAN, |(_, value)| *value);
        let mark = paint("●", colour, colours);
        let name = if series.name.is_empty() { "value" } else { &series.name };
        text.push_str(&format!("{:MARGIN$} {mark} {name}  {}\n", "", short(last)));
    }
    if series.len() > SERIES_MAX {
        let more = series.len() - SERIES_MAX;
        text.push_str(&format!("{:MARGIN$} and {more} more; --format table shows all\n", ""));
    }
    text
}

type Bounds = (f64, f64);

/// The first and last time, the least and greatest value.
fn bounds<'a>(points: impl Iterator<Item = &'a (f64, f64)>) -> Option<(Bounds, Bounds)> {
    let none = ((f64::INFINITY, f64::NEG_INFINITY), (f64::INFINITY, f64::NEG_INFINITY));
    let around = |(a, b): Bounds, value: f64| (a.min(value), b.max(value));
    let (times, mut values) =
        points.fold(none, |(times, values), (t, v)| (around(times, *t), around(values, *v)));
    if times.0 > times.1 {
        return None;
    }
    // Zero in sight where it is near: a line says how large something is.
    if values.0 > 0.0 && (values.0 < values.1 / 2.0 || values.0 == values.1) {
        values.0 = 0.0;
    }
    if values.0 == values.1 {
        values = (values.0 - 1.0, values.1 + 1.0);
    }
    Some((times, values))
}

/// Where a value lies, of so many steps.
fn scale(value: f64, (least, most): Bounds, steps: usize) -> usize {
    let span = most - least;
    let place = if span > 0.0 { (value - least) / span * steps as f64 } else { 0.0 };
    (place.round().max(0.0) as usize).min(steps)
}

struct Canvas {
    width: usize,
    /// Dots of each character, and whose the last was.
    cells: Vec<(u8, usize)>,
}

impl Canvas {
    fn new(width: usize) -> Self {
        Self { width, cells: vec![(0, 0); width * HEIGHT] }
    }

    fn dot(&mut self, x: usize, y: usize, colour: usize) {
        /// The bit of each dot of a character, by row and column.
        const BITS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
        if let Some(cell) = self.cells.get_mut(y / 4 * self.width + x / 2) {
            *cell = (cell.0 | BITS[y % 4][x % 2], colour);
        }
    }

    /// A straight line, a dot for each step of its longer side.
    fn line(&mut self, from: (usize, usize), to: (usize, usize), colour: usize) {
        let steps = from.0.abs_diff(to.0).max(from.1.abs_diff(to.1));
        let between = |a: usize, b: usize, step: usize| {
            let part = step as f64 / steps.max(1) as f64;
            (a as f64 + (b as f64 - a as f64) * part).round() as usize
        };
        for step in 0..=steps {
            self.dot(between(from.0, to.0, step), between(from.1, to.1, step), colour);
        }
    }

    fn text(&self, values: Bounds, colours: bool) -> String {
        let mut text = String::new();
        for (row, cells) in self.cells.chunks(self.width).enumerate() {
            let part = 1.0 - row as f64 / (HEIGHT - 1) as f64;
            let label = match row % 5 == 0 {
                true => short(values.0 + (values.1 - values.0) * part),
                false => String::new(),
            };
            text.push_str(&format!("{label:>MARGIN$}│"));
            for (dots, colour) in cells {
                let dots = char::from_u32(0x2800 + u32::from(*dots)).unwrap_or(' ');
                match dots {
                    '\u{2800}' => text.push(' '),
                    dots => text.push_str(&paint(&dots.to_string(), *colour, colours)),
                }
            }
            text.truncate(text.trim_end_matches(' ').len());
            text.push('\n');
        }
        text
    }
}

/// The first, the middle and the last time beneath the chart.
fn axis(times: Bounds, width: usize) -> String {
    let label = |part: f64| clock(times.0 + (times.1 - times.0) * part, times.1 - times.0);
    let (first, middle, last) = (label(0.0), label(0.5), label(1.0));
    let gap = width.saturating_sub(first.len() + middle.len() + last.len());
    let (left, right) = (" ".repeat(gap / 2), " ".repeat(gap - gap / 2));
    let line = "─".repeat(width);
    format!("{:MARGIN$}└{line}\n{:MARGIN$} {first}{left}{middle}{right}{last} UTC\n", "", "")
}

/// A time of day, with its day where the range is longer than one.
fn clock(seconds: f64, span: f64) -> String {
    let text = plimsoll_server::time::rfc3339((seconds * 1e9) as i64);
    match span >= 86_400.0 {
        true => text[5..16].replace('T', " "),
        false => text[11..19].to_owned(),
    }
}

fn paint(text: &str, colour: usize, colours: bool) -> String {
    match colours {
        true => format!("\x1b[{}m{text}\x1b[0m", COLOURS[colour % SERIES_MAX]),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::answer::Answer;
    use super::*;

    fn series(points: &[(i64, &str)]) -> Vec<Series> {
        let values: Vec<String> =
            points.iter().map(|(time, value)| format!("[{time},\"{value}\"]")).collect();
        let body = format!(
            r#"{{"data":{{"resultType":"matrix","result":[{{"metric":{{"job":"a"}},"values":[{}]}}]}}}}"#,
            values.join(",")
        );
        Answer::parse(body.as_bytes()).unwrap().series
    }

    #[test]
    fn a_line_rises_from_corner_to_corner() {
        let text = chart(&series(&[(0, "0"), (60, "30")]), 32, false);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), HEIGHT + 3);
        assert!(lines[0].starts_with("       30│") && lines[0].ends_with('⠊'), "{text}");
        assert_eq!(lines[HEIGHT - 1], "        0│⡠⠊", "{text}");
        assert_eq!(lines[HEIGHT + 1].trim(), "00:00:00    00:00:30    00:01:00 UTC");
        assert_eq!(lines[HEIGHT + 2].trim(), "● {job=\"a\"}  30");
    }

    #[test]
    fn gaps_and_nothing_are_drawn_as_such() {
        assert_eq!(chart(&[], 32, false), "no values\n");
        assert_eq!(chart(&series(&[(0, "NaN")]), 32, false), "no values\n");
        let text = chart(&series(&[(0, "5"), (1, "NaN"), (2, "5")]), 32, false);
        let top = text.lines().next().unwrap().trim_start_matches(['5', ' ', '│']);
        assert!(top.contains("  "), "{text}");
    }
}
