//! Instructions: what they say, and whether a move fulfilled them (minigrid 2.3.1's baby language).

use super::object::{Body, Colour, DoorState, Kind, Point, ThingId};
use super::world::{Move, Pose, Slot, World};

/// Where a thing is as the agent stands at the start, within its room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Left,
    Right,
    Front,
    Behind,
}

impl Place {
    /// In the order in which they are drawn.
    pub(super) const ALL: [Self; 4] = [Self::Left, Self::Right, Self::Front, Self::Behind];

    fn words(self) -> &'static str {
        match self {
            Self::Left => " on your left",
            Self::Right => " on your right",
            Self::Front => " in front of you",
            Self::Behind => " behind you",
        }
    }

    fn fits(self, pose: Pose, at: Point) -> bool {
        let to = at - pose.at;
        match self {
            Self::Left => to.dot(pose.way.aside()) < 0,
            Self::Right => to.dot(pose.way.aside()) > 0,
            Self::Front => to.dot(pose.way.ahead()) > 0,
            Self::Behind => to.dot(pose.way.ahead()) < 0,
        }
    }
}

/// A description of things, and those that it fits.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Description {
    pub(super) kind: Option<Kind>,
    pub(super) colour: Option<Colour>,
    pub(super) place: Option<Place>,
    /// The things that it fitted at the start.
    pub(super) things: Vec<ThingId>,
    /// Where they were when last looked for; minigrid looks only at the start and when something is put down.
    pub(super) positions: Vec<Point>,
    /// Walls that it fits, too: "a grey object" is said of a room with one grey thing in it.
    pub(super) walls: usize,
}

impl Description {
    pub(super) fn new(kind: Option<Kind>, colour: Option<Colour>, place: Option<Place>) -> Self {
        Self { kind, colour, place, things: Vec::new(), positions: Vec::new(), walls: 0 }
    }

    /// What a thing is, by kind and colour.
    pub(super) fn of(world: &World, id: ThingId) -> Self {
        let thing = world.thing(id);
        Self::new(Some(thing.kind()), Some(thing.colour), None)
    }

    /// Resolves it as the agent stands now.
    pub(super) fn resolve(&mut self, world: &World) {
        self.things.clear();
        self.positions.clear();
        self.walls = 0;
        let (corner, side) = (world.room_corner(world.pose.at), 0..world.room_size);
        for at in world.positions() {
            let inside = at - corner;
            let placed = self
                .place
                .is_none_or(|place| side.contains(&inside.x) && side.contains(&inside.y) && place.fits(world.pose, at));
            match world.slot(at) {
                Slot::Thing(id) if placed && self.fits(world, id) => {
                    self.things.push(id);
                    self.positions.push(at);
                }
                Slot::Wall if placed && self.kind.is_none() && self.colour.is_none_or(|c| c == Colour::Grey) => {
                    self.walls += 1;
                }
                _ => {}
            }
        }
    }

    fn fits(&self, world: &World, id: ThingId) -> bool {
        let thing = world.thing(id);
        self.kind.is_none_or(|kind| kind == thing.kind()) && self.colour.is_none_or(|colour| colour == thing.colour)
    }

    /// Looks where its things are now.
    fn follow(&mut self, world: &World) {
        let is_one = |at: &Point| matches!(world.slot(*at), Slot::Thing(id) if self.things.contains(&id));
        self.positions = world.positions().filter(is_one).collect();
    }

    fn words(&self) -> String {
        let article = if self.things.len() + self.walls > 1 { "a" } else { "the" };
        let colour = self.colour.map_or_else(String::new, |colour| format!("{} ", colour.name()));
        let kind = self.kind.map_or("object", Kind::name);
        format!("{article} {colour}{kind}{}", self.place.map_or("", Place::words))
    }
}

/// Whether a wrong door or thing ends the episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strictness {
    Lenient,
    Strict,
}

/// What was carried when an action was last asked about.
type Held = Option<ThingId>;

/// One thing to do.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Action {
    GoTo(Description),
    Open(Description, Strictness),
    Pickup(Description, Strictness, Held),
    PutNext { moved: Description, fixed: Description, held: Held },
}

impl Action {
    pub(super) fn pickup(things: Description, strictness: Strictness) -> Self {
        Self::Pickup(things, strictness, None)
    }

    pub(super) fn put_next(moved: Description, fixed: Description) -> Self {
        Self::PutNext { moved, fixed, held: None }
    }

    pub(super) fn descriptions(&self) -> Vec<&Description> {
        match self {
            Self::GoTo(things) | Self::Open(things, _) | Self::Pickup(things, ..) => vec![things],
            Self::PutNext { moved, fixed, .. } => vec![moved, fixed],
        }
    }

    fn descriptions_mut(&mut self) -> Vec<&mut Description> {
        match self {
            Self::GoTo(things) | Self::Open(things, _) | Self::Pickup(things, ..) => vec![things],
            Self::PutNext { moved, fixed, .. } => vec![moved, fixed],
        }
    }

    fn words(&self) -> String {
        match self {
            Self::GoTo(things) => format!("go to {}", things.words()),
            Self::Open(doors, _) => format!("open {}", doors.words()),
            Self::Pickup(things, ..) => format!("pick up {}", things.words()),
            Self::PutNext { moved, fixed, .. } => format!("put {} next to {}", moved.words(), fixed.words()),
        }
    }

    /// Whether the last move fulfilled it. What is carried is noted each time it is asked, as minigrid does.
    fn verify(&mut self, world: &World, last: Move) -> Status {
        match self {
            Self::GoTo(things) => Status::success_if(things.positions.contains(&world.pose.front())),
            Self::Open(doors, strictness) => verify_open(doors, *strictness, world, last),
            Self::Pickup(things, strictness, held) => {
                let before = std::mem::replace(held, world.carrying);
                let Some(now) = world.carrying.filter(|_| last == Move::Pickup) else { return Status::Continue };
                match (before, strictness) {
                    (None, _) if things.things.contains(&now) => Status::Success,
                    (_, Strictness::Strict) => Status::Failure,
                    (_, Strictness::Lenient) => Status::Continue,
                }
            }
            Self::PutNext { moved, fixed, held } => {
                let before = std::mem::replace(held, world.carrying);
                let Some(put) = before.filter(|id| last == Move::Drop && moved.things.contains(id)) else {
                    return Status::Continue;
                };
                let at = world.thing(put).position;
                Status::success_if(at.is_some_and(|at| fixed.positions.iter().any(|other| other.distance(at) == 1)))
            }
        }
    }
}

fn verify_open(doors: &Description, strictness: Strictness, world: &World, last: Move) -> Status {
    let Slot::Thing(id) = world.front() else { return Status::Continue };
    let thing = world.thing(id);
    match last {
        Move::Toggle if doors.things.contains(&id) && thing.body == Body::Door(DoorState::Open) => Status::Success,
        Move::Toggle if strictness == Strictness::Strict && thing.is_door() => Status::Failure,
        _ => Status::Continue,
    }
}

/// What became of an instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Continue,
    Success,
    Failure,
}

impl Status {
    fn success_if(condition: bool) -> Self {
        if condition { Self::Success } else { Self::Continue }
    }
}

/// In which order two instructions are to be fulfilled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// In any.
    And,
    /// First the first.
    Before,
    /// First the second.
    After,
}

/// Two instructions.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pair {
    pub(super) order: Order,
    pub(super) parts: [Instruction; 2],
    /// Which of them were fulfilled.
    pub(super) done: [bool; 2],
}

/// An instruction.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Instruction {
    One(Action),
    Two(Box<Pair>),
}

impl Instruction {
    pub(super) fn two(order: Order, first: Self, second: Self) -> Self {
        Self::Two(Box::new(Pair { order, parts: [first, second], done: [false; 2] }))
    }

    /// The mission.
    pub(super) fn words(&self) -> String {
        match self {
            Self::One(action) => action.words(),
            Self::Two(pair) => {
                let between = match pair.order {
                    Order::And => " and ",
                    Order::Before => ", then ",
                    Order::After => " after you ",
                };
                format!("{}{between}{}", pair.parts[0].words(), pair.parts[1].words())
            }
        }
    }

    pub(super) fn actions(&self) -> Vec<&Action> {
        match self {
            Self::One(action) => vec![action],
            Self::Two(pair) => pair.parts.iter().flat_map(Self::actions).collect(),
        }
    }

    fn for_each_description(&mut self, change: &mut impl FnMut(&mut Description)) {
        match self {
            Self::One(action) => action.descriptions_mut().into_iter().for_each(change),
            Self::Two(pair) => pair.parts.iter_mut().for_each(|part| part.for_each_description(change)),
        }
    }

    /// Finds what all descriptions speak of.
    pub(super) fn resolve(&mut self, world: &World) {
        self.for_each_description(&mut |description| description.resolve(world));
    }

    /// Ways through the level that it takes at most.
    pub(super) fn navigations(&self) -> u32 {
        let one = |action: &&Action| if matches!(action, Action::PutNext { .. }) { 2 } else { 1 };
        self.actions().iter().map(one).sum()
    }

    /// Whether the last move fulfilled it, or ended it.
    pub(super) fn verify(&mut self, world: &World, last: Move) -> Status {
        if last == Move::Drop {
            self.for_each_description(&mut |description| description.follow(world));
        }
        self.verify_part(world, last)
    }

    fn verify_part(&mut self, world: &World, last: Move) -> Status {
        match self {
            Self::One(action) => action.verify(world, last),
            Self::Two(pair) => pair.verify(world, last),
        }
    }
}

impl Pair {
    fn verify(&mut self, world: &World, last: Move) -> Status {
        let (one, other) = match self.order {
            Order::And => return self.verify_both(world, last),
            Order::Before => (0, 1),
            Order::After => (1, 0),
        };
        if !self.done[one] {
            match self.parts[one].verify_part(world, last) {
                Status::Success => self.done[one] = true,
                status => return status,
            }
        }
        self.parts[other].verify_part(world, last)
    }

    /// A part that failed is asked again.
    fn verify_both(&mut self, world: &World, last: Move) -> Status {
        for (part, done) in self.parts.iter_mut().zip(&mut self.done) {
            *done = *done || part.verify_part(world, last) == Status::Success;
        }
        Status::success_if(self.done == [true; 2])
    }
}
