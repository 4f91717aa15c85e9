//! Levels in which the agent opens doors.

use super::super::instruction::{Action, Description, Instruction, Order, Place, Strictness};
use super::super::object::{Colour, DoorState, Kind, ThingId};
use super::super::rooms::{Build, Opening, Rejected, Variety};
use super::goto::{MIDDLE, ONLY};

fn open(build: &Build, door: ThingId, strictness: Strictness) -> Instruction {
    Instruction::One(Action::Open(Description::of(&build.world, door), strictness))
}

/// Any door of many rooms.
pub(super) fn any(build: &mut Build) -> Result<Instruction, Rejected> {
    build.place_agent(None)?;
    build.connect_all(&Colour::BY_NAME)?;
    build.scatter(None, 18, Variety::Any)?;
    build.require_reachable()?;
    // A door is listed for both of its rooms.
    let openings = build.room_ids().flat_map(|room| build.room(room).openings);
    let doors: Vec<ThingId> = openings
        .filter_map(|opening| match opening {
            Opening::Door(door) => Some(door),
            Opening::None | Opening::Wide => None,
        })
        .collect();
    let door = build.pick(&doors);
    Ok(open(build, door, Strictness::Lenient))
}

/// The only door, which is red.
pub(super) fn red(build: &mut Build) -> Result<Instruction, Rejected> {
    let door = build.add_door(ONLY, Some(0), Some(Colour::Red), Some(DoorState::Closed));
    build.place_agent(Some(ONLY))?;
    Ok(open(build, door, Strictness::Lenient))
}

/// One of the four doors of a room, by where it is.
pub(super) fn by_place(build: &mut Build) -> Result<Instruction, Rejected> {
    for (wall, colour) in build.subset(&Colour::BY_NAME, 4).into_iter().enumerate() {
        build.add_door(MIDDLE, Some(wall), Some(colour), Some(DoorState::Closed));
    }
    let place = build.pick(&Place::ALL);
    build.place_agent(Some(MIDDLE))?;
    let door = Description::new(Some(Kind::Door), None, Some(place));
    Ok(Instruction::One(Action::Open(door, Strictness::Lenient)))
}

/// The red door on the left, then the blue one on the right; to open the blue one first ends it.
pub(super) fn red_then_blue(build: &mut Build) -> Result<Instruction, Rejected> {
    build.subset(&Colour::BY_NAME, 2); // drawn, and not used
    let red = build.add_door(MIDDLE, Some(2), Some(Colour::Red), Some(DoorState::Closed));
    let blue = build.add_door(MIDDLE, Some(0), Some(Colour::Blue), Some(DoorState::Closed));
    build.place_agent(Some(MIDDLE))?;
    let (red, blue) = (open(build, red, Strictness::Strict), open(build, blue, Strictness::Lenient));
    Ok(Instruction::two(Order::Before, red, blue))
}

/// One or two doors of a room, in an order; a wrong door ends it.
pub(super) fn in_order(build: &mut Build, doors: usize) -> Result<Instruction, Rejected> {
    let colours = build.subset(&Colour::BY_NAME, doors);
    let mut doors = Vec::new();
    for colour in colours {
        doors.push(build.add_door(MIDDLE, None, Some(colour), Some(DoorState::Closed)));
    }
    build.place_agent(Some(MIDDLE))?;
    let chosen = build.subset(&doors, 2);
    let [first, second] = [0, 1].map(|i| open(build, chosen[i], Strictness::Strict));
    Ok(match build.random.below(3) {
        0 => first,
        1 => Instruction::two(Order::Before, first, second),
        _ => Instruction::two(Order::After, first, second),
    })
}
