//! Levels in which the agent puts something next to something else.

use super::super::instruction::{Action, Description, Instruction, Order};
use super::super::object::ThingId;
use super::super::rooms::{Build, Rejected, RoomId, Variety};
use super::goto::ONLY;

const RIGHT: RoomId = RoomId::new(1, 0);

fn put_next(build: &Build, moved: ThingId, fixed: ThingId) -> Instruction {
    let [moved, fixed] = [moved, fixed].map(|id| Description::of(&build.world, id));
    Instruction::One(Action::put_next(moved, fixed))
}

/// Within a room.
pub(super) fn local(build: &mut Build, things: usize) -> Result<Instruction, Rejected> {
    build.place_agent(None)?;
    let things = build.scatter(None, things, Variety::Unique)?;
    build.require_reachable()?;
    let chosen = build.subset(&things, 2);
    Ok(put_next(build, chosen[0], chosen[1]))
}

/// Two rooms without a wall between them, and things in both.
fn two_rooms(build: &mut Build, things: usize) -> Result<[Vec<ThingId>; 2], Rejected> {
    build.place_agent(Some(ONLY))?;
    let left = build.scatter(Some(ONLY), things, Variety::Unique)?;
    let right = build.scatter(Some(RIGHT), things, Variety::Unique)?;
    build.remove_wall(ONLY, 0);
    Ok([left, right])
}

/// From one of two rooms to the other.
pub(super) fn across(build: &mut Build, things: usize) -> Result<Instruction, Rejected> {
    let [left, right] = two_rooms(build, things)?;
    let (left, right) = (build.pick(&left), build.pick(&right));
    Ok(if build.coin() { put_next(build, right, left) } else { put_next(build, left, right) })
}

/// One thing from left to right, then another from right to left.
pub(super) fn two_across(build: &mut Build, things: usize) -> Result<Instruction, Rejected> {
    let [left, right] = two_rooms(build, things)?;
    let (left, right) = (build.subset(&left, 2), build.subset(&right, 2));
    let (first, second) = (put_next(build, left[0], right[0]), put_next(build, right[1], left[1]));
    Ok(Instruction::two(Order::Before, first, second))
}
