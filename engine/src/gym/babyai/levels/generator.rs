//! The level generator, which draws any sentence of the baby language.

use super::super::instruction::{Action, Description, Instruction, Order, Place, Strictness};
use super::super::object::{Colour, DoorState, Item, Kind, Point};
use super::super::rooms::{Attempt, Build, Rejected, RoomId, Variety};

/// Draws for a description, after which the level is begun anew.
const DESCRIBE_TRIES: u32 = 101;

/// Kinds of actions.
#[derive(Debug, Clone, Copy)]
enum Deed {
    GoTo,
    Pickup,
    Open,
    PutNext,
}

/// Forms of instructions.
#[derive(Debug, Clone, Copy)]
enum Form {
    One,
    And,
    Sequence,
}

/// Whether descriptions may say where something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Places {
    Told,
    Untold,
}

/// What may have to be done without being said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Implied {
    /// Moving things away, and unlocking doors.
    All,
    /// Moving things away; what is spoken of is not all in a locked room.
    Unblocking,
    /// Unlocking; everything can be reached without moving anything.
    Unlocking,
}

/// What a level is drawn from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Generator {
    things: usize,
    /// How probable a locked room is.
    locked: f64,
    places: Places,
    implied: Implied,
    deeds: &'static [Deed],
    forms: &'static [Form],
}

const ALL_DEEDS: &[Deed] = &[Deed::GoTo, Deed::Pickup, Deed::Open, Deed::PutNext];
const ALL_FORMS: &[Form] = &[Form::One, Form::And, Form::Sequence];

pub(super) const BOSS: Generator = Generator {
    things: 18,
    locked: 0.5,
    places: Places::Told,
    implied: Implied::All,
    deeds: ALL_DEEDS,
    forms: ALL_FORMS,
};

pub(super) const BOSS_WITHOUT_LOCKS: Generator = Generator { locked: 0.0, implied: Implied::Unblocking, ..BOSS };

pub(super) const MINI_BOSS: Generator = Generator { things: 7, locked: 0.25, ..BOSS };

pub(super) const SYNTH_SEQUENCE: Generator = Generator { implied: Implied::Unblocking, ..BOSS };

pub(super) const SYNTH_BY_PLACE: Generator = Generator { forms: &[Form::One], ..SYNTH_SEQUENCE };

pub(super) const SYNTH: Generator = Generator { places: Places::Untold, ..SYNTH_BY_PLACE };

pub(super) const GO_TO_SEQUENCE: Generator = Generator {
    things: 4,
    locked: 0.0,
    places: Places::Untold,
    implied: Implied::Unlocking,
    deeds: &[Deed::GoTo],
    forms: ALL_FORMS,
};

pub(super) const PICKUP_BY_PLACE: Generator = Generator {
    things: 8,
    locked: 0.0,
    places: Places::Told,
    implied: Implied::Unlocking,
    deeds: &[Deed::Pickup],
    forms: &[Form::One],
};

impl Generator {
    pub(super) fn draw(&self, build: &mut Build) -> Result<Instruction, Rejected> {
        if build.random.uniform(0.0, 1.0) < self.locked {
            lock_a_room(build)?;
        }
        build.connect_all(&Colour::BY_NAME)?;
        build.scatter(None, self.things, Variety::Any)?;
        let locked = match build.locked_room {
            Some((room, Attempt::This)) => Some(room),
            _ => None,
        };
        build.place_agent_outside(locked)?;
        if self.implied == Implied::Unlocking {
            build.require_reachable()?;
        }
        self.instruction(build, self.forms)
    }

    fn instruction(&self, build: &mut Build, forms: &[Form]) -> Result<Instruction, Rejected> {
        match build.pick(forms) {
            Form::One => self.action(build).map(Instruction::One),
            Form::And => {
                let first = self.instruction(build, &[Form::One])?;
                let second = self.instruction(build, &[Form::One])?;
                Ok(Instruction::two(Order::And, first, second))
            }
            Form::Sequence => {
                let first = self.instruction(build, &[Form::One, Form::And])?;
                let second = self.instruction(build, &[Form::One, Form::And])?;
                let order = build.pick(&[Order::Before, Order::After]);
                Ok(Instruction::two(order, first, second))
            }
        }
    }

    fn action(&self, build: &mut Build) -> Result<Action, Rejected> {
        Ok(match build.pick(self.deeds) {
            Deed::GoTo => Action::GoTo(self.description(build, &Kind::ALL)?),
            Deed::Pickup => Action::pickup(self.description(build, &Kind::MOVABLE)?, Strictness::Lenient),
            Deed::Open => Action::Open(self.description(build, &[Kind::Door])?, Strictness::Lenient),
            Deed::PutNext => {
                let moved = self.description(build, &Kind::MOVABLE)?;
                Action::put_next(moved, self.description(build, &Kind::ALL)?)
            }
        })
    }

    /// A description that fits something.
    fn description(&self, build: &mut Build, kinds: &[Kind]) -> Result<Description, Rejected> {
        let colours: Vec<Option<Colour>> = std::iter::once(None).chain(Colour::BY_NAME.map(Some)).collect();
        for _ in 0..DESCRIBE_TRIES {
            let colour = build.pick(&colours);
            let kind = build.pick(kinds);
            let told = self.places == Places::Told && build.coin();
            let place = told.then(|| build.pick(&Place::ALL));
            let mut description = Description::new(Some(kind), colour, place);
            description.resolve(&build.world);
            if self.is_outside(build, &description.positions) {
                return Ok(description);
            }
        }
        Err(Rejected)
    }

    /// Whether one of the positions is outside of the locked room, where that matters. The locked room may be an earlier
    /// attempt's.
    fn is_outside(&self, build: &Build, positions: &[Point]) -> bool {
        let locked = build.locked_room.filter(|_| self.implied == Implied::Unblocking);
        let side = 0..build.shape.room_size;
        let within = |room: RoomId, at: Point| {
            let inside = at - build.corner(room);
            side.contains(&inside.x) && side.contains(&inside.y)
        };
        positions.iter().any(|at| locked.is_none_or(|(room, _)| !within(room, *at)))
    }
}

/// A room with a locked door, and its key in another room.
fn lock_a_room(build: &mut Build) -> Result<(), Rejected> {
    let (room, wall) = loop {
        let room = build.any_room();
        let wall = build.random.below(4) as usize;
        if build.neighbour(room, wall).is_some() {
            break (room, wall);
        }
    };
    build.locked_room = Some((room, Attempt::This));
    let door = build.add_door(room, Some(wall), None, Some(DoorState::Locked));
    let key_room = loop {
        let key_room = build.any_room();
        if key_room != room {
            break key_room;
        }
    };
    let colour = build.world.thing(door).colour;
    build.add_item(key_room, Some(Item::Key), Some(colour)).map(|_| ())
}
