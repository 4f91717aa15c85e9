//! A picture of a level as minigrid draws it: tiles of so many pixels, and what the agent sees a little lighter.

use super::BabyView;
use super::object::{Cell, Colour, DoorState, Item, Way};

/// Samples to each side of a pixel.
const SAMPLES: usize = 3;

/// How much lighter is what the agent sees.
const LIGHT: f64 = 0.3;

/// Pixels, row by row, three bytes each: red, green, blue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Pixels to a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `height * width * 3` bytes.
    pub rgb: Vec<u8>,
}

type Rgb = [u8; 3];

const BLACK: Rgb = [0; 3];
const LINES: Rgb = [100; 3];
const AGENT: Rgb = [255, 0, 0];

fn rgb(colour: Colour) -> Rgb {
    match colour {
        Colour::Red => [255, 0, 0],
        Colour::Green => [0, 255, 0],
        Colour::Blue => [0, 0, 255],
        Colour::Purple => [112, 39, 195],
        Colour::Yellow => [255, 255, 0],
        Colour::Grey => [100, 100, 100],
    }
}

/// A shape on a tile, whose sides are 1.
#[derive(Debug, Clone, Copy)]
enum Shape {
    /// left, right, top, bottom
    Rectangle(f64, f64, f64, f64),
    /// x and y of the middle, radius
    Circle(f64, f64, f64),
    /// The agent's triangle, pointing this way.
    Arrow(Way),
}

impl Shape {
    fn contains(self, x: f64, y: f64) -> bool {
        match self {
            Self::Rectangle(left, right, top, bottom) => (left..=right).contains(&x) && (top..=bottom).contains(&y),
            Self::Circle(cx, cy, r) => (x - cx) * (x - cx) + (y - cy) * (y - cy) <= r * r,
            Self::Arrow(way) => {
                // Turned back so that it points east.
                let (x, y) = match way {
                    Way::East => (x, y),
                    Way::South => (y, 1.0 - x),
                    Way::West => (1.0 - x, 1.0 - y),
                    Way::North => (1.0 - y, x),
                };
                let half = 0.31 * (0.87 - x) / 0.75; // from (0.87, 0.5) to (0.12, 0.19) and (0.12, 0.81)
                (0.12..=0.87).contains(&x) && (y - 0.5).abs() <= half
            }
        }
    }
}

/// What is drawn over a tile, later shapes over earlier ones.
fn shapes(cell: Cell) -> Vec<(Shape, Rgb)> {
    use Shape::{Circle, Rectangle};
    match cell {
        Cell::Unseen | Cell::Empty => Vec::new(),
        Cell::Wall => vec![(Rectangle(0.0, 1.0, 0.0, 1.0), rgb(Colour::Grey))],
        Cell::Door(colour, state) => door(rgb(colour), state),
        Cell::Item(Item::Key, colour) => {
            let paint = rgb(colour);
            vec![
                (Rectangle(0.50, 0.63, 0.31, 0.88), paint),
                (Rectangle(0.38, 0.50, 0.59, 0.66), paint),
                (Rectangle(0.38, 0.50, 0.81, 0.88), paint),
                (Circle(0.56, 0.28, 0.190), paint),
                (Circle(0.56, 0.28, 0.064), BLACK),
            ]
        }
        Cell::Item(Item::Ball, colour) => vec![(Circle(0.5, 0.5, 0.31), rgb(colour))],
        Cell::Item(Item::Box, colour) => vec![
            (Rectangle(0.12, 0.88, 0.12, 0.88), rgb(colour)),
            (Rectangle(0.18, 0.82, 0.18, 0.82), BLACK),
            (Rectangle(0.16, 0.84, 0.47, 0.53), rgb(colour)),
        ],
    }
}

fn door(paint: Rgb, state: DoorState) -> Vec<(Shape, Rgb)> {
    use Shape::{Circle, Rectangle};
    let whole = (Rectangle(0.0, 1.0, 0.0, 1.0), paint);
    match state {
        DoorState::Open => {
            vec![(Rectangle(0.88, 1.0, 0.0, 1.0), paint), (Rectangle(0.92, 0.96, 0.04, 0.96), BLACK)]
        }
        DoorState::Locked => vec![
            whole,
            (Rectangle(0.06, 0.94, 0.06, 0.94), paint.map(|c| (0.45 * f64::from(c)) as u8)),
            (Rectangle(0.52, 0.75, 0.50, 0.56), paint),
        ],
        DoorState::Closed => vec![
            whole,
            (Rectangle(0.04, 0.96, 0.04, 0.96), BLACK),
            (Rectangle(0.08, 0.92, 0.08, 0.92), paint),
            (Rectangle(0.12, 0.88, 0.12, 0.88), BLACK),
            (Circle(0.75, 0.50, 0.08), paint),
        ],
    }
}

/// A tile of `size` by `size` pixels.
fn tile(cell: Cell, agent: Option<Way>, seen: bool, size: usize) -> Vec<Rgb> {
    let lines = [Shape::Rectangle(0.0, 0.031, 0.0, 1.0), Shape::Rectangle(0.0, 1.0, 0.0, 0.031)];
    let mut drawn: Vec<(Shape, Rgb)> = lines.map(|line| (line, LINES)).to_vec();
    drawn.extend(shapes(cell));
    drawn.extend(agent.map(|way| (Shape::Arrow(way), AGENT)));
    let fine = (size * SAMPLES) as f64;
    let sample = |x: usize, y: usize| {
        let (x, y) = ((x as f64 + 0.5) / fine, (y as f64 + 0.5) / fine);
        let paint = drawn.iter().rev().find(|(shape, _)| shape.contains(x, y)).map_or(BLACK, |(_, paint)| *paint);
        let lighter = |c: u8| (f64::from(c) + LIGHT * f64::from(255 - c)) as u8;
        if seen { paint.map(lighter) } else { paint }
    };
    let pixel = |i: usize| {
        let (left, top) = (i % size * SAMPLES, i / size * SAMPLES);
        let mut sum = [0_u32; 3];
        for (dx, dy) in (0..SAMPLES).flat_map(|dx| (0..SAMPLES).map(move |dy| (dx, dy))) {
            let paint = sample(left + dx, top + dy);
            sum.iter_mut().zip(paint).for_each(|(sum, c)| *sum += u32::from(c));
        }
        sum.map(|sum| (sum / (SAMPLES * SAMPLES) as u32) as u8)
    };
    (0..size * size).map(pixel).collect()
}

/// What a tile shows: a cell, the agent's way if it stands there, and whether it is seen.
type Drawn = (Cell, Option<Way>, bool);

impl Picture {
    /// A picture of a view with tiles of so many pixels to a side; minigrid's have 32.
    #[must_use]
    pub fn of(view: &BabyView, tile_size: usize) -> Self {
        let (rows, columns) = (view.cells.len(), view.cells.first().map_or(0, Vec::len));
        let (width, height) = (columns * tile_size, rows * tile_size);
        let mut picture = Self { width, height, rgb: vec![0; width * height * 3] };
        let mut tiles: Vec<(Drawn, Vec<Rgb>)> = Vec::new();
        for (row, cells) in view.cells.iter().enumerate() {
            for (column, cell) in cells.iter().enumerate() {
                let here = (view.agent.x, view.agent.y) == (column as i32, row as i32);
                let key = (*cell, here.then_some(view.way), view.seen[row][column]);
                let known = tiles.iter().position(|(known, _)| *known == key);
                let index = known.unwrap_or_else(|| {
                    tiles.push((key, tile(key.0, key.1, key.2, tile_size)));
                    tiles.len() - 1
                });
                picture.paste(&tiles[index].1, column * tile_size, row * tile_size, tile_size);
            }
        }
        picture
    }

    fn paste(&mut self, tile: &[Rgb], left: usize, top: usize, size: usize) {
        for (i, paint) in tile.iter().enumerate() {
            let at = ((top + i / size) * self.width + left + i % size) * 3;
            self.rgb[at..at + 3].copy_from_slice(paint);
        }
    }
}
