//! What is in the world, and how it is written: positions, directions, colours, doors, keys, balls and boxes.

use std::ops::{Add, Mul, Sub};

/// A position, or the way from one to another: x to the right, y down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// Columns from the left.
    pub x: i32,
    /// Rows from the top.
    pub y: i32,
}

impl Point {
    pub(super) const fn new(x: i32, y: i32) -> Self {
        Self { x, y }
    }

    /// Steps between two positions without anything in between.
    pub(super) fn distance(self, other: Self) -> i32 {
        (self.x - other.x).abs() + (self.y - other.y).abs()
    }

    pub(super) fn dot(self, other: Self) -> i32 {
        self.x * other.x + self.y * other.y
    }
}

impl Add for Point {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self::new(self.x + other.x, self.y + other.y)
    }
}

impl Sub for Point {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self::new(self.x - other.x, self.y - other.y)
    }
}

impl Mul<i32> for Point {
    type Output = Self;

    fn mul(self, by: i32) -> Self {
        Self::new(self.x * by, self.y * by)
    }
}

/// Where the agent looks, in minigrid's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// Right on the map.
    East,
    /// Down on the map.
    South,
    /// Left on the map.
    West,
    /// Up on the map.
    North,
}

impl Way {
    /// In minigrid's order.
    pub const ALL: [Self; 4] = [Self::East, Self::South, Self::West, Self::North];

    /// Its number in minigrid.
    #[must_use]
    pub fn index(self) -> usize {
        self as usize
    }

    pub(super) fn ahead(self) -> Point {
        match self {
            Self::East => Point::new(1, 0),
            Self::South => Point::new(0, 1),
            Self::West => Point::new(-1, 0),
            Self::North => Point::new(0, -1),
        }
    }

    /// The step to the right of one who looks this way.
    pub(super) fn aside(self) -> Point {
        self.right().ahead()
    }

    pub(super) fn right(self) -> Self {
        Self::ALL[(self.index() + 1) % 4]
    }

    pub(super) fn left(self) -> Self {
        Self::ALL[(self.index() + 3) % 4]
    }
}

/// The colours, in the order of their numbers in minigrid's encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Colour {
    /// 0
    Red,
    /// 1
    Green,
    /// 2
    Blue,
    /// 3
    Purple,
    /// 4
    Yellow,
    /// 5
    Grey,
}

impl Colour {
    /// In the order of their names, in which they are drawn.
    pub(super) const BY_NAME: [Self; 6] = [Self::Blue, Self::Green, Self::Grey, Self::Purple, Self::Red, Self::Yellow];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Red => "red",
            Self::Green => "green",
            Self::Blue => "blue",
            Self::Purple => "purple",
            Self::Yellow => "yellow",
            Self::Grey => "grey",
        }
    }
}

/// What can be picked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Item {
    /// Opens locked doors of its colour.
    Key,
    /// Does nothing.
    Ball,
    /// May hold something.
    Box,
}

impl Item {
    /// In the order in which they are drawn.
    pub(super) const ALL: [Self; 3] = [Self::Key, Self::Ball, Self::Box];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Ball => "ball",
            Self::Box => "box",
        }
    }
}

/// How a door stands, in the order of minigrid's encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DoorState {
    /// It can be walked and looked through.
    Open,
    /// It can be opened.
    Closed,
    /// It can be opened with a key of its colour.
    Locked,
}

impl DoorState {
    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Locked => "locked",
        }
    }
}

/// What a cell shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// The agent does not see it.
    Unseen,
    /// Nothing.
    Empty,
    /// A wall, always grey.
    Wall,
    /// A door.
    Door(Colour, DoorState),
    /// Something to pick up.
    Item(Item, Colour),
}

impl Cell {
    /// Minigrid's three bytes for it: kind, colour, state.
    #[must_use]
    pub fn encoded(self) -> [u8; 3] {
        match self {
            Self::Unseen => [0, 0, 0],
            Self::Empty => [1, 0, 0],
            Self::Wall => [2, Colour::Grey as u8, 0],
            Self::Door(colour, state) => [4, colour as u8, state as u8],
            Self::Item(item, colour) => [5 + item as u8, colour as u8, 0],
        }
    }

    /// Whether it stops a walk in the eyes of the wrapper, which takes every door for one that will be open.
    pub(super) fn is_obstacle(self) -> bool {
        matches!(self, Self::Wall | Self::Item(..))
    }

    pub(super) fn is_key(self) -> bool {
        matches!(self, Self::Item(Item::Key, _))
    }

    /// Whether it can be looked through.
    pub(super) fn is_clear(self) -> bool {
        !matches!(self, Self::Wall | Self::Door(_, DoorState::Closed | DoorState::Locked))
    }
}

/// A thing's place in its world's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ThingId(pub(super) usize);

/// What a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    Door(DoorState),
    Key,
    Ball,
    Box { inside: Option<ThingId> },
}

impl From<Item> for Body {
    fn from(item: Item) -> Self {
        match item {
            Item::Key => Self::Key,
            Item::Ball => Self::Ball,
            Item::Box => Self::Box { inside: None },
        }
    }
}

/// Kinds of things that instructions speak of, in the order in which the level generator draws them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Box,
    Ball,
    Key,
    Door,
}

impl Kind {
    pub(super) const ALL: [Self; 4] = [Self::Box, Self::Ball, Self::Key, Self::Door];
    pub(super) const MOVABLE: [Self; 3] = [Self::Box, Self::Ball, Self::Key];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Box => "box",
            Self::Ball => "ball",
            Self::Key => "key",
            Self::Door => "door",
        }
    }
}

/// A thing in the world, in a hand, or in a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Thing {
    pub(super) body: Body,
    pub(super) colour: Colour,
    /// Where it was put last; none in a hand, or where nobody put it.
    pub(super) position: Option<Point>,
}

impl Thing {
    pub(super) fn kind(&self) -> Kind {
        match self.body {
            Body::Door(_) => Kind::Door,
            Body::Key => Kind::Key,
            Body::Ball => Kind::Ball,
            Body::Box { .. } => Kind::Box,
        }
    }

    pub(super) fn is_door(&self) -> bool {
        matches!(self.body, Body::Door(_))
    }

    pub(super) fn is_locked(&self) -> bool {
        self.body == Body::Door(DoorState::Locked)
    }

    pub(super) fn cell(&self) -> Cell {
        match self.body {
            Body::Door(state) => Cell::Door(self.colour, state),
            Body::Key => Cell::Item(Item::Key, self.colour),
            Body::Ball => Cell::Item(Item::Ball, self.colour),
            Body::Box { .. } => Cell::Item(Item::Box, self.colour),
        }
    }
}
