//! Levels in which the agent goes to something.

use super::super::instruction::{Action, Description, Instruction};
use super::super::object::{Body, Colour, DoorState, Item, ThingId};
use super::super::rooms::{Build, Rejected, RoomId, Variety};

/// The middle room of three by three.
pub(super) const MIDDLE: RoomId = RoomId::new(1, 1);

/// The only room.
pub(super) const ONLY: RoomId = RoomId::new(0, 0);

pub(super) fn go_to(build: &Build, id: ThingId) -> Instruction {
    Instruction::One(Action::GoTo(Description::of(&build.world, id)))
}

/// To the red ball among other things, which may all be of another colour.
pub(super) fn red_ball(build: &mut Build, others: usize, paint: Option<Colour>) -> Result<Instruction, Rejected> {
    build.place_agent(None)?;
    let ball = build.add_item(ONLY, Some(Item::Ball), Some(Colour::Red))?;
    for id in build.scatter(None, others, Variety::Any)? {
        let thing = &mut build.world.things[id.0];
        thing.colour = paint.unwrap_or(thing.colour);
    }
    build.require_reachable()?;
    Ok(go_to(build, ball))
}

/// To the only thing.
pub(super) fn object(build: &mut Build) -> Result<Instruction, Rejected> {
    build.place_agent(None)?;
    let things = build.scatter(None, 1, Variety::Unique)?;
    Ok(go_to(build, things[0]))
}

/// To one of some things in a room.
pub(super) fn local(build: &mut Build, things: usize) -> Result<Instruction, Rejected> {
    build.place_agent(None)?;
    let things = build.scatter(None, things, Variety::Any)?;
    build.require_reachable()?;
    let goal = build.pick(&things);
    Ok(go_to(build, goal))
}

/// To one of some things in many rooms.
pub(super) fn maze(build: &mut Build, things: usize) -> Result<Instruction, Rejected> {
    build.place_agent(None)?;
    build.connect_all(&Colour::BY_NAME)?;
    let things = build.scatter(None, things, Variety::Any)?;
    build.require_reachable()?;
    let goal = build.pick(&things);
    Ok(go_to(build, goal))
}

/// A locked room and a key for it. The original means to keep the key out of the room, and compares numbers by identity,
/// so that it may lie within.
pub(super) fn lock_a_room(build: &mut Build) -> Result<(RoomId, ThingId), Rejected> {
    let room = build.any_room();
    let door = build.add_door(room, None, None, Some(DoorState::Locked));
    let key_room = build.any_room();
    let colour = build.world.thing(door).colour;
    build.add_item(key_room, Some(Item::Key), Some(colour))?;
    Ok((room, door))
}

/// Things in every room (the locked one, too, for the same reason), and the agent outside of the locked room.
pub(super) fn furnish(build: &mut Build, locked: RoomId, things: usize) -> Result<(), Rejected> {
    for room in build.room_ids() {
        build.scatter(Some(room), things, Variety::Any)?;
    }
    build.place_agent_outside(Some(locked))?;
    build.require_reachable()
}

/// To something in a locked room.
pub(super) fn implied_unlock(build: &mut Build) -> Result<Instruction, Rejected> {
    let (room, _) = lock_a_room(build)?;
    build.connect_all(&Colour::BY_NAME)?;
    furnish(build, room, 2)?;
    let things = build.scatter(Some(room), 1, Variety::Any)?;
    Ok(go_to(build, things[0]))
}

/// To the red or to the blue ball, of which there is one.
pub(super) fn red_or_blue_ball(build: &mut Build, others: usize) -> Result<Instruction, Rejected> {
    build.place_agent(None)?;
    for id in build.scatter(None, others, Variety::Any)? {
        let thing = build.world.thing(id);
        if thing.body == Body::Ball && matches!(thing.colour, Colour::Blue | Colour::Red) {
            return Err(Rejected);
        }
    }
    let colour = build.pick(&[Colour::Red, Colour::Blue]);
    let ball = build.add_item(ONLY, Some(Item::Ball), Some(colour))?;
    build.require_reachable()?;
    Ok(go_to(build, ball))
}

/// To one of the four doors of a room.
pub(super) fn door(build: &mut Build) -> Result<Instruction, Rejected> {
    let doors = [(); 4].map(|()| build.add_door(MIDDLE, None, None, None));
    build.place_agent(Some(MIDDLE))?;
    let goal = build.pick(&doors);
    Ok(go_to(build, goal))
}

/// To one of some things or of the four doors of a room.
pub(super) fn object_or_door(build: &mut Build) -> Result<Instruction, Rejected> {
    build.place_agent(Some(MIDDLE))?;
    let mut things = build.scatter(Some(MIDDLE), 8, Variety::Any)?;
    things.extend([(); 4].map(|()| build.add_door(MIDDLE, None, None, None)));
    build.require_reachable()?;
    let goal = build.pick(&things);
    Ok(go_to(build, goal))
}
