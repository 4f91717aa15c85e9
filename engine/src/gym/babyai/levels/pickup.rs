//! Levels in which the agent picks something up.

use super::super::instruction::{Action, Description, Instruction, Strictness};
use super::super::object::{Colour, DoorState, ThingId};
use super::super::rooms::{Build, Rejected, RoomId, Variety};
use super::goto::{MIDDLE, ONLY};

pub(super) fn pick_up(build: &Build, id: ThingId) -> Instruction {
    Instruction::One(Action::pickup(Description::of(&build.world, id), Strictness::Lenient))
}

/// The only thing of its kind, said without its colour.
pub(super) fn pick_up_kind(build: &Build, id: ThingId) -> Instruction {
    let things = Description { colour: None, ..Description::of(&build.world, id) };
    Instruction::One(Action::pickup(things, Strictness::Lenient))
}

/// Anything in many rooms.
pub(super) fn any(build: &mut Build) -> Result<Instruction, Rejected> {
    build.place_agent(None)?;
    build.connect_all(&Colour::BY_NAME)?;
    let things = build.scatter(None, 18, Variety::Any)?;
    build.require_reachable()?;
    let goal = build.pick(&things);
    Ok(pick_up(build, goal))
}

/// Anything in many rooms, where something blocks the way to something.
pub(super) fn blocked(build: &mut Build) -> Result<Instruction, Rejected> {
    build.place_agent(None)?;
    build.connect_all(&Colour::BY_NAME)?;
    let things = build.scatter(None, 20, Variety::Any)?;
    if build.all_reachable() {
        return Err(Rejected);
    }
    let goal = build.pick(&things);
    Ok(pick_up(build, goal))
}

/// What two descriptions leave open.
#[derive(Debug, Clone, Copy)]
enum Told {
    Kind,
    Colour,
    Both,
}

/// One of five things in a room; a wrong one ends it.
pub(super) fn by_kind_or_colour(build: &mut Build) -> Result<Instruction, Rejected> {
    let things = build.scatter(None, 5, Variety::Unique)?;
    build.place_agent(Some(ONLY))?;
    let goal = build.pick(&things);
    let whole = Description::of(&build.world, goal);
    let things = match build.pick(&[Told::Kind, Told::Colour, Told::Both]) {
        Told::Kind => Description { colour: None, ..whole },
        Told::Colour => Description { kind: None, ..whole },
        Told::Both => whole,
    };
    Ok(Instruction::One(Action::pickup(things, Strictness::Strict)))
}

/// Something in the room above.
pub(super) fn above(build: &mut Build) -> Result<Instruction, Rejected> {
    let goal = build.add_item(RoomId::new(1, 0), None, None)?;
    build.add_door(MIDDLE, Some(3), None, Some(DoorState::Closed));
    build.place_agent(Some(MIDDLE))?;
    build.connect_all(&Colour::BY_NAME)?;
    Ok(pick_up(build, goal))
}
