//! The world: a grid of cells, the things in it, an agent, and the six moves it can make (minigrid 2.3.1).

use super::object::{Body, Cell, Colour, DoorState, Kind, Point, Thing, ThingId, Way};

/// Cells to each side of the square that the agent sees; it stands in the middle of its last row.
pub(super) const VIEW: i32 = 7;

/// Where the agent stands in the square that it sees.
pub(super) const EYE: Point = Point::new(VIEW / 2, VIEW - 1);

/// What the agent sees: columns from its left, rows from the farthest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Image {
    cells: [[Cell; VIEW as usize]; VIEW as usize], // (column, row)
}

impl Image {
    /// The cell at a place of the square; none beside it.
    pub(super) fn get(&self, at: Point) -> Option<Cell> {
        let column = self.cells.get(usize::try_from(at.x).ok()?)?;
        column.get(usize::try_from(at.y).ok()?).copied()
    }

    fn set(&mut self, at: Point, cell: Cell) {
        self.cells[at.x as usize][at.y as usize] = cell;
    }

    fn all(cell: Cell) -> Self {
        Self { cells: [[cell; VIEW as usize]; VIEW as usize] }
    }
}

/// What is at a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    Empty,
    Wall,
    Thing(ThingId),
}

/// The lowest actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Move {
    Left,
    Right,
    Forward,
    Pickup,
    Drop,
    Toggle,
}

/// Where the agent stands and looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pose {
    pub(super) at: Point,
    pub(super) way: Way,
}

impl Pose {
    pub(super) fn front(self) -> Point {
        self.at + self.way.ahead()
    }
}

/// The whole world.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct World {
    pub(super) width: i32,
    pub(super) height: i32,
    /// Cells to a side of a room, walls included; neighbours share a wall.
    pub(super) room_size: i32,
    slots: Vec<Slot>, // (row, column)
    pub(super) things: Vec<Thing>,
    pub(super) pose: Pose,
    pub(super) carrying: Option<ThingId>,
    /// Moves made.
    pub(super) steps: u32,
}

impl World {
    pub(super) fn new(width: i32, height: i32, room_size: i32) -> Self {
        Self {
            width,
            height,
            room_size,
            slots: vec![Slot::Empty; (width * height) as usize],
            things: Vec::new(),
            pose: Pose { at: Point::new(0, 0), way: Way::East },
            carrying: None,
            steps: 0,
        }
    }

    pub(super) fn contains(&self, at: Point) -> bool {
        (0..self.width).contains(&at.x) && (0..self.height).contains(&at.y)
    }

    /// A wall beyond the edge.
    pub(super) fn slot(&self, at: Point) -> Slot {
        match self.contains(at) {
            true => self.slots[(at.y * self.width + at.x) as usize],
            false => Slot::Wall,
        }
    }

    pub(super) fn set(&mut self, at: Point, slot: Slot) {
        if self.contains(at) {
            self.slots[(at.y * self.width + at.x) as usize] = slot;
        }
    }

    pub(super) fn thing(&self, id: ThingId) -> &Thing {
        &self.things[id.0]
    }

    pub(super) fn add(&mut self, body: Body, colour: Colour) -> ThingId {
        self.things.push(Thing { body, colour, position: None });
        ThingId(self.things.len() - 1)
    }

    /// Puts a thing down and notes where.
    pub(super) fn put(&mut self, id: ThingId, at: Point) {
        self.set(at, Slot::Thing(id));
        self.things[id.0].position = Some(at);
    }

    pub(super) fn cell(&self, at: Point) -> Cell {
        match self.slot(at) {
            Slot::Empty => Cell::Empty,
            Slot::Wall => Cell::Wall,
            Slot::Thing(id) => self.thing(id).cell(),
        }
    }

    /// All positions, column by column: the order in which descriptions are resolved.
    pub(super) fn positions(&self) -> impl Iterator<Item = Point> + use<> {
        let (width, height) = (self.width, self.height);
        (0..width).flat_map(move |x| (0..height).map(move |y| Point::new(x, y)))
    }

    /// The upper left corner of the room that a position belongs to; a wall belongs to the room right of or below it.
    pub(super) fn room_corner(&self, at: Point) -> Point {
        let step = self.room_size - 1;
        Point::new(at.x / step * step, at.y / step * step)
    }

    /// What is in front of the agent.
    pub(super) fn front(&self) -> Slot {
        self.slot(self.pose.front())
    }

    /// Makes a move; one that cannot be made counts, too.
    pub(super) fn act(&mut self, action: Move) {
        self.steps += 1;
        let ahead = self.pose.front();
        match (action, self.slot(ahead)) {
            (Move::Left, _) => self.pose.way = self.pose.way.left(),
            (Move::Right, _) => self.pose.way = self.pose.way.right(),
            (Move::Forward, Slot::Empty) => self.pose.at = ahead,
            (Move::Forward, Slot::Thing(id)) if self.thing(id).body == Body::Door(DoorState::Open) => {
                self.pose.at = ahead;
            }
            (Move::Pickup, Slot::Thing(id)) if self.carrying.is_none() && !self.thing(id).is_door() => {
                self.carrying = Some(id);
                self.things[id.0].position = None;
                self.set(ahead, Slot::Empty);
            }
            (Move::Drop, Slot::Empty) => {
                if let Some(id) = self.carrying.take() {
                    self.put(id, ahead);
                }
            }
            (Move::Toggle, Slot::Thing(id)) => self.toggle(id, ahead),
            _ => {}
        }
    }

    fn toggle(&mut self, id: ThingId, at: Point) {
        let thing = *self.thing(id);
        match thing.body {
            Body::Box { inside } => self.set(at, inside.map_or(Slot::Empty, Slot::Thing)),
            Body::Door(DoorState::Locked) if !self.holds_key(thing.colour) => {}
            Body::Door(DoorState::Open) => self.things[id.0].body = Body::Door(DoorState::Closed),
            Body::Door(_) => self.things[id.0].body = Body::Door(DoorState::Open),
            Body::Key | Body::Ball => {}
        }
    }

    /// Whether the agent carries a key of this colour.
    pub(super) fn holds_key(&self, colour: Colour) -> bool {
        self.carrying.is_some_and(|id| self.thing(id).kind() == Kind::Key && self.thing(id).colour == colour)
    }

    /// The position that a place of the square shows.
    pub(super) fn shown(&self, place: Point) -> Point {
        let Pose { at, way } = self.pose;
        at + way.ahead() * (EYE.y - place.y) + way.aside() * (place.x - EYE.x)
    }

    /// Which places of the square the agent sees: light spreads row by row from where it stands, to both sides and on to
    /// the next row, through everything that can be looked through.
    fn lit(&self) -> [[bool; VIEW as usize]; VIEW as usize] {
        const SIDE: usize = VIEW as usize;
        let mut lit = [[false; SIDE]; SIDE]; // (column, row)
        lit[EYE.x as usize][EYE.y as usize] = true;
        for row in (0..SIDE).rev() {
            let clear = |column: usize| self.cell(self.shown(Point::new(column as i32, row as i32))).is_clear();
            let mut spread = |from: usize, to: usize| {
                if lit[from][row] && clear(from) {
                    lit[to][row] = true;
                    if row > 0 {
                        lit[to][row - 1] = true;
                        lit[from][row - 1] = true;
                    }
                }
            };
            (0..SIDE - 1).for_each(|column| spread(column, column + 1));
            (1..SIDE).rev().for_each(|column| spread(column, column - 1));
        }
        lit
    }

    /// What the agent sees; where it stands, it sees what it carries.
    pub(super) fn image(&self) -> Image {
        let mut image = Image::all(Cell::Unseen);
        for (column, rows) in self.lit().iter().enumerate() {
            for (row, _) in rows.iter().enumerate().filter(|(_, lit)| **lit) {
                let place = Point::new(column as i32, row as i32);
                image.set(place, self.cell(self.shown(place)));
            }
        }
        image.set(EYE, self.carrying.map_or(Cell::Empty, |id| self.thing(id).cell()));
        image
    }

    /// The positions that the agent sees.
    pub(super) fn seen(&self) -> Vec<Point> {
        let lit = self.lit();
        let places = (0..VIEW).flat_map(|x| (0..VIEW).map(move |y| Point::new(x, y)));
        places
            .filter(|place| lit[place.x as usize][place.y as usize])
            .map(|place| self.shown(place))
            .filter(|at| self.contains(*at))
            .collect()
    }
}
