//! The forty levels that AgentGym draws from, in its order, and how one is generated (minigrid 2.3.1).

mod generator;
mod goto;
mod open;
mod other;
mod pickup;
mod putnext;
mod unlock;

use super::instruction::{Action, Instruction};
use super::object::{Colour, Kind, Thing, ThingId};
use super::rooms::{Build, Opening, Rejected, Shape};
use super::world::World;

/// How a level is drawn.
type Draw = fn(&mut Build) -> Result<Instruction, Rejected>;

/// A level.
#[derive(Debug, Clone, Copy)]
pub(super) struct Level {
    /// Its name in minigrid, without `BabyAI-` and `-v0`.
    pub(super) name: &'static str,
    shape: Shape,
    /// Steps allowed; where it is open, as many as the instruction may take.
    limit: Option<u32>,
    draw: Draw,
    special: Special,
}

/// What distinguishes a few levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Special {
    None,
    /// The first thing of the instruction is in the agent's hands.
    Carrying,
    /// Things may have to be moved out of the way; no key that opens something is asked for.
    Unblocking,
}

const fn level(name: &'static str, room_size: i32, rows: i32, columns: i32, draw: Draw) -> Level {
    Level { name, shape: Shape { room_size, rows, columns }, limit: None, draw, special: Special::None }
}

impl Level {
    const fn limited(self, limit: u32) -> Self {
        Self { limit: Some(limit), ..self }
    }

    const fn special(self, special: Special) -> Self {
        Self { special, ..self }
    }
}

/// In AgentGym's order. The names of some say something else than what they are: `GoToObjS6` has rooms of four.
pub(super) static LEVELS: [Level; 40] = [
    level("GoToRedBallGrey", 8, 1, 1, |build| goto::red_ball(build, 7, Some(Colour::Grey))),
    level("GoToRedBall", 8, 1, 1, |build| goto::red_ball(build, 7, None)),
    level("GoToRedBallNoDists", 8, 1, 1, |build| goto::red_ball(build, 0, None)),
    level("GoToObjS6", 4, 1, 1, goto::object),
    level("GoToLocalS8N7", 8, 1, 1, |build| goto::local(build, 7)),
    level("GoToObjMazeS7", 7, 3, 3, |build| goto::maze(build, 1)),
    level("GoToImpUnlock", 8, 3, 3, goto::implied_unlock),
    level("GoToSeqS5R2", 5, 2, 2, |build| generator::GO_TO_SEQUENCE.draw(build)),
    level("GoToRedBlueBall", 8, 1, 1, |build| goto::red_or_blue_ball(build, 7)),
    level("GoToDoor", 7, 3, 3, goto::door),
    level("GoToObjDoor", 8, 3, 3, goto::object_or_door),
    level("Open", 8, 3, 3, open::any),
    level("OpenRedDoor", 5, 1, 2, open::red),
    level("OpenDoorLoc", 8, 3, 3, open::by_place),
    level("OpenRedBlueDoorsDebug", 6, 3, 3, open::red_then_blue).limited(20 * 36),
    level("OpenDoorsOrderN4Debug", 6, 3, 3, |build| open::in_order(build, 4)).limited(20 * 36),
    level("Pickup", 8, 3, 3, pickup::any),
    level("UnblockPickup", 8, 3, 3, pickup::blocked),
    level("PickupLoc", 8, 1, 1, |build| generator::PICKUP_BY_PLACE.draw(build)),
    level("PickupDistDebug", 7, 1, 1, pickup::by_kind_or_colour),
    level("PickupAbove", 6, 3, 3, pickup::above).limited(8 * 36),
    level("PutNextLocalS6N4", 6, 1, 1, |build| putnext::local(build, 4)),
    level("PutNextS7N4Carrying", 7, 1, 2, |build| putnext::across(build, 4)).limited(8 * 49).special(Special::Carrying),
    level("Unlock", 8, 3, 3, unlock::anywhere),
    level("UnlockLocalDist", 8, 3, 3, unlock::local),
    level("KeyInBox", 8, 3, 3, unlock::key_in_box),
    level("UnlockPickupDist", 6, 1, 2, unlock::then_pick_up),
    level("BlockedUnlockPickup", 6, 1, 2, unlock::blocked).limited(16 * 36),
    level("UnlockToUnlock", 6, 1, 3, unlock::to_unlock).limited(30 * 36),
    level("ActionObjDoor", 7, 3, 3, other::any_action),
    level("FindObjS7", 7, 3, 3, other::find).limited(20 * 49),
    level("KeyCorridorS6R3", 6, 3, 3, other::key_corridor).limited(30 * 36),
    level("OneRoomS20", 20, 1, 1, other::one_room),
    level("MoveTwoAcrossS8N9", 8, 1, 2, |build| putnext::two_across(build, 9)).limited(16 * 64),
    synthetic("SynthS5R2", 5, 2, 3, |build| generator::SYNTH.draw(build)),
    synthetic("SynthLoc", 8, 3, 3, |build| generator::SYNTH_BY_PLACE.draw(build)),
    synthetic("SynthSeq", 8, 3, 3, |build| generator::SYNTH_SEQUENCE.draw(build)),
    synthetic("MiniBossLevel", 5, 2, 2, |build| generator::MINI_BOSS.draw(build)),
    synthetic("BossLevel", 8, 3, 3, |build| generator::BOSS.draw(build)),
    synthetic("BossLevelNoUnlock", 8, 3, 3, |build| generator::BOSS_WITHOUT_LOCKS.draw(build)),
];

const fn synthetic(name: &'static str, room_size: i32, rows: i32, columns: i32, draw: Draw) -> Level {
    level(name, room_size, rows, columns, draw).special(Special::Unblocking)
}

/// A level with all that was drawn.
#[derive(Debug, Clone)]
pub(super) struct Drawn {
    pub(super) world: World,
    pub(super) instruction: Instruction,
    pub(super) limit: u32,
    /// What is to be in the agent's hands after it has looked once: minigrid hands it over too late for that look.
    pub(super) carrying: Option<ThingId>,
}

impl Level {
    /// Draws until something comes of it.
    pub(super) fn generate(&self, seed: u64) -> Drawn {
        let mut build = Build::new(self.shape, seed);
        let mut instruction = loop {
            build.restart();
            if let Ok(instruction) = (self.draw)(&mut build).and_then(|drawn| self.validate(&build, drawn)) {
                break instruction;
            }
        };
        instruction.resolve(&build.world);
        let Shape { room_size, rows, columns } = self.shape;
        let maze = (room_size * room_size * rows * columns) as u32;
        let limit = self.limit.unwrap_or_else(|| instruction.navigations() * maze);
        let carrying = match &instruction {
            Instruction::One(Action::PutNext { moved, .. }) if self.special == Special::Carrying => {
                moved.things.first().copied()
            }
            _ => None,
        };
        Drawn { world: build.world, instruction, limit, carrying }
    }

    /// Refuses what cannot be asked for.
    fn validate(&self, build: &Build, mut instruction: Instruction) -> Result<Instruction, Rejected> {
        instruction.resolve(&build.world);
        let locks = match self.special {
            Special::Unblocking => colours_of_locked_doors(build),
            Special::None | Special::Carrying => Vec::new(),
        };
        let fine = instruction.actions().into_iter().all(|action| can_be_asked(&build.world, &locks, action));
        fine.then_some(instruction).ok_or(Rejected)
    }
}

fn colours_of_locked_doors(build: &Build) -> Vec<Colour> {
    let openings = build.room_ids().flat_map(|room| build.room(room).openings);
    let doors = openings.filter_map(|opening| match opening {
        Opening::Door(id) => Some(build.world.thing(id)),
        Opening::None | Opening::Wide => None,
    });
    doors.filter(|door| door.is_locked()).map(|door| door.colour).collect()
}

fn can_be_asked(world: &World, locks: &[Colour], action: &Action) -> bool {
    if let Action::PutNext { moved, fixed, .. } = action {
        let position = |thing: &Thing| thing.position;
        let moving = || moved.things.iter().filter_map(|id| position(world.thing(*id)));
        let same = moved.things.iter().any(|id| fixed.things.contains(id));
        if same || moving().any(|at| fixed.positions.iter().any(|other| other.distance(at) == 1)) {
            return false;
        }
    }
    let is_needed_key =
        |kind, colour: Option<Colour>| kind == Some(Kind::Key) && colour.is_some_and(|c| locks.contains(&c));
    !action.descriptions().iter().any(|things| is_needed_key(things.kind, things.colour))
}
