//! Building a level: rooms in rows and columns, doors between them, things in them, and the draws that decide (minigrid
//! 2.3.1). Every draw is in the original's order, for the generator goes on from one to the next.

use super::object::{Body, Cell, Colour, DoorState, Item, Point, ThingId, Way};
use super::world::{Pose, Slot, World};
use crate::gym::NumpyRandom;

/// Draws for a thing's place, after which the level is begun anew.
const PLACE_TRIES: u32 = 1_001;

/// Draws for connecting all rooms, after which the level is begun anew.
const CONNECT_TRIES: u32 = 5_001;

/// A level that came to nothing and is drawn anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rejected;

/// Which room, by column and row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RoomId {
    pub(super) column: i32,
    pub(super) row: i32,
}

impl RoomId {
    pub(super) const fn new(column: i32, row: i32) -> Self {
        Self { column, row }
    }
}

/// What is in one of the four walls of a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    /// Nothing.
    None,
    /// A door.
    Door(ThingId),
    /// The wall was taken away.
    Wide,
}

/// A room; its walls are numbered as ways are.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Room {
    pub(super) openings: [Opening; 4],
    /// Where a door would be; none towards the outside.
    door_at: [Option<Point>; 4],
    locked: bool,
    things: Vec<ThingId>,
}

/// How many rooms there are, and how large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    /// Cells to a side of a room, walls included.
    pub(super) room_size: i32,
    pub(super) rows: i32,
    pub(super) columns: i32,
}

/// Which things `scatter` adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Variety {
    /// No two things of one kind and colour.
    Unique,
    /// Any.
    Any,
}

/// A level that is being built.
#[derive(Debug, Clone)]
pub(super) struct Build {
    pub(super) world: World,
    pub(super) shape: Shape,
    pub(super) random: NumpyRandom,
    rooms: Vec<Room>, // (row, column)
    /// The locked room of the level generator, and whether it is one of this attempt: the original keeps the last
    /// attempt's, and measures by it.
    pub(super) locked_room: Option<(RoomId, Attempt)>,
}

/// Of which attempt at a level something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attempt {
    This,
    Earlier,
}

impl Build {
    pub(super) fn new(shape: Shape, seed: u64) -> Self {
        Self {
            world: World::new(3, 3, shape.room_size),
            shape,
            random: NumpyRandom::new(seed),
            rooms: Vec::new(),
            locked_room: None,
        }
    }

    /// Empties everything but the random numbers, and draws where doors could be.
    pub(super) fn restart(&mut self) {
        let Shape { room_size, rows, columns } = self.shape;
        let step = room_size - 1;
        self.world = World::new(step * columns + 1, step * rows + 1, room_size);
        for at in self.world.positions() {
            if at.x % step == 0 || at.y % step == 0 {
                self.world.set(at, Slot::Wall);
            }
        }
        self.locked_room = self.locked_room.map(|(room, _)| (room, Attempt::Earlier));
        self.rooms.clear();
        for row in 0..rows {
            for column in 0..columns {
                let room = self.bare_room(RoomId::new(column, row));
                self.rooms.push(room);
            }
        }
        let middle = Point::new(columns / 2 * step + room_size / 2, rows / 2 * step + room_size / 2);
        self.world.pose = Pose { at: middle, way: Way::East };
    }

    fn bare_room(&mut self, id: RoomId) -> Room {
        let Shape { room_size, rows, columns } = self.shape;
        let top = self.corner(id);
        let (last_x, last_y) = (top.x + room_size - 1, top.y + room_size - 1);
        let mut door_at = [None; 4];
        if id.column < columns - 1 {
            door_at[0] = Some(Point::new(last_x, self.random.integer(top.y + 1, last_y)));
        }
        if id.row < rows - 1 {
            door_at[1] = Some(Point::new(self.random.integer(top.x + 1, last_x), last_y));
        }
        if id.column > 0 {
            door_at[2] = self.room(RoomId::new(id.column - 1, id.row)).door_at[0];
        }
        if id.row > 0 {
            door_at[3] = self.room(RoomId::new(id.column, id.row - 1)).door_at[1];
        }
        Room { openings: [Opening::None; 4], door_at, locked: false, things: Vec::new() }
    }

    /// A room's upper left corner.
    pub(super) fn corner(&self, id: RoomId) -> Point {
        Point::new(id.column, id.row) * (self.shape.room_size - 1)
    }

    /// All rooms, column by column.
    pub(super) fn room_ids(&self) -> impl Iterator<Item = RoomId> + use<> {
        let Shape { rows, columns, .. } = self.shape;
        (0..columns).flat_map(move |column| (0..rows).map(move |row| RoomId::new(column, row)))
    }

    fn index(&self, id: RoomId) -> usize {
        (id.row * self.shape.columns + id.column) as usize
    }

    pub(super) fn room(&self, id: RoomId) -> &Room {
        &self.rooms[self.index(id)]
    }

    fn room_mut(&mut self, id: RoomId) -> &mut Room {
        let index = self.index(id);
        &mut self.rooms[index]
    }

    /// Whether there is a room beyond a wall.
    pub(super) fn neighbour(&self, id: RoomId, wall: usize) -> Option<RoomId> {
        self.room(id).door_at[wall]?;
        let step = Way::ALL[wall].ahead();
        Some(RoomId::new(id.column + step.x, id.row + step.y))
    }

    /// The room of a position.
    pub(super) fn room_of(&self, at: Point) -> RoomId {
        let step = self.shape.room_size - 1;
        RoomId::new(at.x / step, at.y / step)
    }

    // Draws.

    pub(super) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.random.below(items.len() as u32) as usize]
    }

    /// Some of the items, in the order in which they were drawn.
    pub(super) fn subset<T: Copy>(&mut self, items: &[T], count: usize) -> Vec<T> {
        let mut left = items.to_vec();
        (0..count.min(items.len())).map(|_| left.remove(self.random.below(left.len() as u32) as usize)).collect()
    }

    pub(super) fn colour(&mut self) -> Colour {
        self.pick(&Colour::BY_NAME)
    }

    pub(super) fn coin(&mut self) -> bool {
        self.random.below(2) == 0
    }

    pub(super) fn any_room(&mut self) -> RoomId {
        let column = self.random.integer(0, self.shape.columns);
        RoomId::new(column, self.random.integer(0, self.shape.rows))
    }

    // Placing.

    /// An empty position within a room, its walls included in the draw.
    fn free_place(&mut self, room: RoomId, accept: impl Fn(&World, Point) -> bool) -> Result<Point, Rejected> {
        let (top, size) = (self.corner(room), self.shape.room_size);
        for _ in 0..PLACE_TRIES {
            let x = self.random.integer(top.x, (top.x + size).min(self.world.width));
            let at = Point::new(x, self.random.integer(top.y, (top.y + size).min(self.world.height)));
            if self.world.slot(at) == Slot::Empty && accept(&self.world, at) {
                return Ok(at);
            }
        }
        Err(Rejected)
    }

    /// Puts a thing into a room, not next to the agent (which stands in the middle of the level until it is placed).
    pub(super) fn place_in_room(&mut self, room: RoomId, id: ThingId) -> Result<(), Rejected> {
        let at = self.free_place(room, |world, at| world.pose.at.distance(at) >= 2)?;
        self.world.put(id, at);
        self.room_mut(room).things.push(id);
        Ok(())
    }

    /// Adds a thing to a room; kind and colour are drawn where they are left open.
    pub(super) fn add_item(
        &mut self,
        room: RoomId,
        item: Option<Item>,
        colour: Option<Colour>,
    ) -> Result<ThingId, Rejected> {
        let item = item.unwrap_or_else(|| self.pick(&Item::ALL));
        let colour = colour.unwrap_or_else(|| self.colour());
        let id = self.world.add(item.into(), colour);
        self.place_in_room(room, id)?;
        Ok(id)
    }

    /// Puts the agent into a room, so that nothing but a wall is in front of it.
    pub(super) fn place_agent(&mut self, room: Option<RoomId>) -> Result<(), Rejected> {
        let room = room.unwrap_or_else(|| self.any_room());
        loop {
            let at = self.free_place(room, |_, _| true)?;
            let way = self.pick(&Way::ALL);
            self.world.pose = Pose { at, way };
            if matches!(self.world.front(), Slot::Empty | Slot::Wall) {
                return Ok(());
            }
        }
    }

    /// Puts the agent into any room but this one of this attempt.
    pub(super) fn place_agent_outside(&mut self, room: Option<RoomId>) -> Result<(), Rejected> {
        loop {
            self.place_agent(None)?;
            if Some(self.room_of(self.world.pose.at)) != room {
                return Ok(());
            }
        }
    }

    // Doors.

    /// Adds a door to a room; wall, colour and lock are drawn where they are left open.
    pub(super) fn add_door(
        &mut self,
        room: RoomId,
        wall: Option<usize>,
        colour: Option<Colour>,
        lock: Option<DoorState>,
    ) -> ThingId {
        let wall = wall.unwrap_or_else(|| {
            loop {
                let wall = self.random.below(4) as usize;
                if self.neighbour(room, wall).is_some() && self.room(room).openings[wall] == Opening::None {
                    break wall;
                }
            }
        });
        let colour = colour.unwrap_or_else(|| self.colour());
        let lock = lock.unwrap_or_else(|| if self.coin() { DoorState::Locked } else { DoorState::Closed });
        let id = self.world.add(Body::Door(lock), colour);
        if let Some(at) = self.room(room).door_at[wall] {
            self.world.put(id, at);
        }
        self.room_mut(room).locked = lock == DoorState::Locked;
        self.open_wall(room, wall, Opening::Door(id));
        id
    }

    fn open_wall(&mut self, room: RoomId, wall: usize, opening: Opening) {
        self.room_mut(room).openings[wall] = opening;
        if let Some(neighbour) = self.neighbour(room, wall) {
            self.room_mut(neighbour).openings[(wall + 2) % 4] = opening;
        }
    }

    /// Takes away a wall between two rooms.
    pub(super) fn remove_wall(&mut self, room: RoomId, wall: usize) {
        let (top, last) = (self.corner(room), self.shape.room_size - 1);
        for i in 1..last {
            let at = match Way::ALL[wall] {
                Way::East => Point::new(last, i),
                Way::South => Point::new(i, last),
                Way::West => Point::new(0, i),
                Way::North => Point::new(i, 0),
            };
            self.world.set(top + at, Slot::Empty);
        }
        self.open_wall(room, wall, Opening::Wide);
    }

    /// How many rooms the agent could come to if all doors were open.
    fn reachable_rooms(&self) -> usize {
        let mut reached = vec![false; self.rooms.len()];
        let mut open = vec![self.room_of(self.world.pose.at)];
        while let Some(id) = open.pop() {
            if !std::mem::replace(&mut reached[self.index(id)], true) {
                let beyond = |wall: &usize| self.room(id).openings[*wall] != Opening::None;
                open.extend((0..4).filter(beyond).filter_map(|wall| self.neighbour(id, wall)));
            }
        }
        reached.into_iter().filter(|reached| *reached).count()
    }

    /// Adds doors until the agent can come to every room. Locked rooms get no second door.
    pub(super) fn connect_all(&mut self, colours: &[Colour]) -> Result<(), Rejected> {
        for _ in 0..CONNECT_TRIES {
            if self.reachable_rooms() == self.rooms.len() {
                return Ok(());
            }
            let room = self.any_room();
            let wall = self.random.below(4) as usize;
            let Some(neighbour) = self.neighbour(room, wall) else { continue };
            let taken = self.room(room).openings[wall] != Opening::None;
            if taken || self.room(room).locked || self.room(neighbour).locked {
                continue;
            }
            let colour = self.pick(colours);
            self.add_door(room, Some(wall), Some(colour), Some(DoorState::Closed));
        }
        Err(Rejected)
    }

    // Many things.

    /// Adds things of any kind and colour, to one room or to any.
    pub(super) fn scatter(
        &mut self,
        room: Option<RoomId>,
        count: usize,
        variety: Variety,
    ) -> Result<Vec<ThingId>, Rejected> {
        let things = self.rooms.iter().flat_map(|room| &room.things);
        let mut known: Vec<Cell> = things.map(|id| self.world.thing(*id).cell()).collect();
        let mut added = Vec::new();
        while added.len() < count {
            let colour = self.colour();
            let item = self.pick(&Item::ALL);
            if variety == Variety::Unique && known.contains(&Cell::Item(item, colour)) {
                continue;
            }
            let room = room.unwrap_or_else(|| self.any_room());
            added.push(self.add_item(room, Some(item), Some(colour))?);
            known.push(Cell::Item(item, colour));
        }
        Ok(added)
    }

    /// Whether the agent could come to everything if all doors were open, without moving anything.
    pub(super) fn all_reachable(&self) -> bool {
        let world = &self.world;
        let index = |at: Point| (at.y * world.width + at.x) as usize;
        let mut reached = vec![false; (world.width * world.height) as usize];
        let mut open = vec![world.pose.at];
        while let Some(at) = open.pop() {
            if !world.contains(at) || std::mem::replace(&mut reached[index(at)], true) {
                continue;
            }
            if matches!(world.cell(at), Cell::Empty | Cell::Door(..)) {
                open.extend(Way::ALL.map(|way| at + way.ahead()));
            }
        }
        world.positions().all(|at| matches!(world.slot(at), Slot::Empty | Slot::Wall) || reached[index(at)])
    }

    /// Refuses a level in which something cannot be reached.
    pub(super) fn require_reachable(&self) -> Result<(), Rejected> {
        self.all_reachable().then_some(()).ok_or(Rejected)
    }
}
