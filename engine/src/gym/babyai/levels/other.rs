//! The remaining levels.

use super::super::instruction::{Action, Description, Instruction, Strictness};
use super::super::object::{Colour, DoorState, Item};
use super::super::rooms::{Build, Rejected, RoomId, Variety};
use super::goto::{MIDDLE, ONLY};
use super::pickup::pick_up_kind;

/// Go to, open or pick up one of five things and four doors.
pub(super) fn any_action(build: &mut Build) -> Result<Instruction, Rejected> {
    let mut things = build.scatter(Some(MIDDLE), 5, Variety::Unique)?;
    things.extend([(); 4].map(|()| build.add_door(MIDDLE, None, None, Some(DoorState::Closed))));
    build.place_agent(Some(MIDDLE))?;
    let goal = build.pick(&things);
    let description = Description::of(&build.world, goal);
    let is_door = build.world.thing(goal).is_door();
    Ok(Instruction::One(match (build.coin(), is_door) {
        (true, _) => Action::GoTo(description),
        (false, true) => Action::Open(description, Strictness::Lenient),
        (false, false) => Action::pickup(description, Strictness::Lenient),
    }))
}

/// The only thing, in any room.
pub(super) fn find(build: &mut Build) -> Result<Instruction, Rejected> {
    let room = build.any_room();
    let goal = build.add_item(room, None, None)?;
    build.place_agent(Some(MIDDLE))?;
    build.connect_all(&Colour::BY_NAME)?;
    Ok(pick_up_kind(build, goal))
}

/// A ball in a locked room right of a corridor, with the key in a room left of it.
pub(super) fn key_corridor(build: &mut Build) -> Result<Instruction, Rejected> {
    let rows = build.shape.rows;
    for row in 1..rows {
        build.remove_wall(RoomId::new(1, row), 3);
    }
    let room = RoomId::new(2, build.random.integer(0, rows));
    let door = build.add_door(room, Some(2), None, Some(DoorState::Locked));
    let goal = build.add_item(room, Some(Item::Ball), None)?;
    let key_room = RoomId::new(0, build.random.integer(0, rows));
    let colour = build.world.thing(door).colour;
    build.add_item(key_room, Some(Item::Key), Some(colour))?;
    build.place_agent(Some(RoomId::new(1, rows / 2)))?;
    build.connect_all(&Colour::BY_NAME)?;
    Ok(pick_up_kind(build, goal))
}

/// The only thing of a large room, a ball.
pub(super) fn one_room(build: &mut Build) -> Result<Instruction, Rejected> {
    let goal = build.add_item(ONLY, Some(Item::Ball), None)?;
    build.place_agent(None)?;
    Ok(pick_up_kind(build, goal))
}
