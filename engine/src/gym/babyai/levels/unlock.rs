//! Levels with locked doors.

use super::super::instruction::{Action, Description, Instruction, Strictness};
use super::super::object::{Body, Colour, DoorState, Item, Point, ThingId};
use super::super::rooms::{Build, Rejected, RoomId, Variety};
use super::goto::{MIDDLE, ONLY, furnish, lock_a_room};
use super::pickup::{pick_up, pick_up_kind};

const LOCKED: Option<DoorState> = Some(DoorState::Locked);

/// A door with a lock on the right of the first room, and its colour.
fn lock_right(build: &mut Build, room: RoomId, colour: Option<Colour>) -> (ThingId, Colour) {
    let door = build.add_door(room, Some(0), colour, LOCKED);
    (door, build.world.thing(door).colour)
}

fn open(description: Description) -> Instruction {
    Instruction::One(Action::Open(description, Strictness::Lenient))
}

/// The locked door, wherever it is.
pub(super) fn anywhere(build: &mut Build) -> Result<Instruction, Rejected> {
    let (room, door) = lock_a_room(build)?;
    let lock = build.world.thing(door).colour;
    let mut colours = Colour::BY_NAME.to_vec();
    if build.coin() {
        colours.retain(|colour| *colour != lock);
    }
    build.connect_all(&colours)?;
    furnish(build, room, 3)?;
    Ok(open(Description::of(&build.world, door)))
}

/// The only door, with its key and other things in the room.
pub(super) fn local(build: &mut Build) -> Result<Instruction, Rejected> {
    let door = build.add_door(MIDDLE, None, None, LOCKED);
    let colour = build.world.thing(door).colour;
    build.add_item(MIDDLE, Some(Item::Key), Some(colour))?;
    build.scatter(Some(MIDDLE), 3, Variety::Unique)?;
    build.place_agent(Some(MIDDLE))?;
    Ok(open(Description { colour: None, ..Description::of(&build.world, door) }))
}

/// The only door, with its key in a box.
pub(super) fn key_in_box(build: &mut Build) -> Result<Instruction, Rejected> {
    let door = build.add_door(MIDDLE, None, None, LOCKED);
    let colour = build.world.thing(door).colour;
    let key = build.world.add(Body::Key, colour);
    let colour = build.colour();
    let holder = build.world.add(Body::Box { inside: Some(key) }, colour);
    build.place_in_room(MIDDLE, holder)?;
    build.place_agent(Some(MIDDLE))?;
    Ok(open(Description { colour: None, ..Description::of(&build.world, door) }))
}

/// A box behind a locked door, with other things about.
pub(super) fn then_pick_up(build: &mut Build) -> Result<Instruction, Rejected> {
    let goal = build.add_item(RoomId::new(1, 0), Some(Item::Box), None)?;
    let (_, colour) = lock_right(build, ONLY, None);
    build.add_item(ONLY, Some(Item::Key), Some(colour))?;
    build.scatter(None, 4, Variety::Unique)?;
    build.place_agent(Some(ONLY))?;
    Ok(pick_up(build, goal))
}

/// A box behind a locked door with a ball before it.
pub(super) fn blocked(build: &mut Build) -> Result<Instruction, Rejected> {
    let goal = build.add_item(RoomId::new(1, 0), Some(Item::Box), None)?;
    let (door, colour) = lock_right(build, ONLY, None);
    let paint = build.colour();
    let ball = build.world.add(Body::Ball, paint);
    if let Some(at) = build.world.thing(door).position {
        build.world.put(ball, at - Point::new(1, 0));
    }
    build.add_item(ONLY, Some(Item::Key), Some(colour))?;
    build.place_agent(Some(ONLY))?;
    Ok(pick_up_kind(build, goal))
}

/// A ball behind a locked door, whose key is behind another.
pub(super) fn to_unlock(build: &mut Build) -> Result<Instruction, Rejected> {
    let (middle, right) = (RoomId::new(1, 0), RoomId::new(2, 0));
    let colours = build.subset(&Colour::BY_NAME, 2);
    lock_right(build, ONLY, Some(colours[0]));
    build.add_item(right, Some(Item::Key), Some(colours[0]))?;
    lock_right(build, middle, Some(colours[1]));
    build.add_item(middle, Some(Item::Key), Some(colours[1]))?;
    let goal = build.add_item(ONLY, Some(Item::Ball), None)?;
    build.place_agent(Some(middle))?;
    Ok(pick_up_kind(build, goal))
}
