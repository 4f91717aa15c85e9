//! What to do next towards an action of the instruction: somewhere to go, and something to do there.
//!
//! Nothing is remembered from one move to the next, so everything that has to be done first is found in the same order
//! again: hands are emptied before something is fetched, and the way of a thing is cleared before it is picked up.

use super::super::instruction::{Action, Description};
use super::super::object::{Body, Kind, Point, ThingId, Way as Direction};
use super::super::world::{Move, Pose, Slot, World};
use super::route::{FAR, Field, Obstacle, Terrain};

/// How deep one thing may be the condition of another.
const DEPTH: u32 = 8;

/// Places at which to put something down that are compared.
const PLACES: usize = 24;

/// What it costs to put something down before a door.
const NUISANCE: u32 = 20;

/// Somewhere to go, and something to do there.
#[derive(Debug, Clone)]
pub(super) struct Errand {
    pub(super) goals: Vec<Pose>,
    /// Done at a goal; none where to be there is enough.
    pub(super) last: Option<Move>,
    /// An estimate of all that is left to do for the action.
    pub(super) cost: u32,
}

/// The planner's view of the world.
#[derive(Debug, Clone, Copy)]
pub(super) struct Planner<'a> {
    pub(super) world: &'a World,
    /// Doors that are still to be opened by an instruction: opened by the way, they could not be opened again.
    pub(super) spared: &'a [ThingId],
}

impl Planner<'_> {
    fn terrain(&self, held: Option<ThingId>) -> Terrain<'_> {
        Terrain { world: self.world, held, spared: self.spared, taken: None }
    }

    fn now(&self) -> Terrain<'_> {
        self.terrain(self.world.carrying)
    }

    /// What to do next towards an action.
    pub(super) fn errand(&self, action: &Action) -> Option<Errand> {
        match action {
            Action::GoTo(things) => {
                let goals = things.positions.iter().flat_map(|at| self.now().before(*at).collect::<Vec<_>>()).collect();
                self.approach(goals, None, DEPTH)
            }
            Action::Open(doors, _) => self.open(doors),
            Action::Pickup(things, ..) => self.fetch(&things.things, &|_| None, DEPTH),
            Action::PutNext { moved, fixed, .. } => {
                let target = |id: ThingId| Some((self.next_to(id, fixed), Some(Move::Drop)));
                self.fetch(&moved.things, &target, DEPTH).or_else(|| self.make_room(fixed))
            }
        }
    }

    /// Goes somewhere, or does what has to be done first.
    fn approach(&self, goals: Vec<Pose>, last: Option<Move>, depth: u32) -> Option<Errand> {
        let terrain = self.now();
        let field = Field::towards(&terrain, goals.iter().copied());
        let cost = field.cost(self.world.pose);
        if cost >= FAR {
            return None;
        }
        let there = |terrain: &Terrain<'_>| self.cost(terrain, &goals);
        let first = match field.follow(&terrain, self.world.pose).0 {
            None => return Some(Errand { goals, last, cost }),
            Some(obstacle) => self.remove(obstacle, &there, depth)?,
        };
        Some(Errand { cost: cost.max(first.cost), ..first })
    }

    /// What it costs to get to one of some poses.
    fn cost(&self, terrain: &Terrain<'_>, goals: &[Pose]) -> u32 {
        Field::towards(terrain, goals.iter().copied()).cost(self.world.pose)
    }

    /// Removes what is in a way, whose cost is given.
    fn remove(&self, obstacle: Obstacle, way: &Cost<'_>, depth: u32) -> Option<Errand> {
        let depth = depth.checked_sub(1)?;
        match obstacle {
            Obstacle::Thing(_) if self.world.carrying.is_some() => self.put_away(way),
            Obstacle::Thing(id) => self.fetch(&[id], &|_| None, depth),
            Obstacle::Lock(door) => self.unlock(door, depth),
        }
    }

    /// Stands before a locked door with its key.
    fn unlock(&self, door: ThingId, depth: u32) -> Option<Errand> {
        let world = self.world;
        let colour = world.thing(door).colour;
        let at = world.thing(door).position?;
        let ids = (0..world.things.len()).map(ThingId);
        let keys: Vec<ThingId> =
            ids.filter(|id| world.thing(*id).kind() == Kind::Key && world.thing(*id).colour == colour).collect();
        let before = |key: ThingId| Some((self.terrain(Some(key)).before(at).collect(), Some(Move::Toggle)));
        self.fetch(&keys, &before, depth)
    }

    fn open(&self, doors: &Description) -> Option<Errand> {
        let shut = doors.things.iter().filter(|id| !matches!(self.world.thing(**id).body, Body::Door(super::OPEN)));
        let errands = shut.filter_map(|door| {
            let thing = self.world.thing(*door);
            match thing.is_locked() && !self.world.holds_key(thing.colour) {
                true => self.unlock(*door, DEPTH),
                false => self.approach(self.now().before(thing.position?).collect(), Some(Move::Toggle), DEPTH),
            }
        });
        errands.min_by_key(|errand| errand.cost)
    }

    /// Where one drops a thing next to what is described.
    fn next_to(&self, moved: ThingId, fixed: &Description) -> Vec<Pose> {
        let terrain = self.terrain(Some(moved));
        let own = self.world.thing(moved).position;
        let around = |at: &Point| Direction::ALL.map(|way| *at + way.ahead());
        let cells = fixed.positions.iter().filter(|at| Some(**at) != own).flat_map(around);
        let free = cells.filter(|at| terrain.slot(*at) == Slot::Empty);
        free.flat_map(|at| terrain.before(at).collect::<Vec<_>>()).collect()
    }

    /// Picks up one of some things, and takes it somewhere if it has a target.
    fn fetch(&self, things: &[ThingId], target: &Target<'_>, depth: u32) -> Option<Errand> {
        let depth = depth.checked_sub(1)?;
        let held = self.world.carrying.filter(|id| things.contains(id));
        if let Some((goals, last)) = held.and_then(target) {
            return self.bring(goals, last);
        }
        let trip = things.iter().filter_map(|id| self.trip(*id, target)).min_by_key(|trip| trip.cost)?;
        let there = |terrain: &Terrain<'_>| self.survey(terrain, &trip).0;
        let errand = match (self.world.carrying, trip.obstacle) {
            (Some(_), _) => self.with_full_hands(&trip, depth)?,
            (None, Some(obstacle)) => self.remove(obstacle, &there, depth)?,
            (None, None) => self.approach(trip.pick.clone(), Some(Move::Pickup), depth)?,
        };
        Some(Errand { cost: trip.cost, ..errand })
    }

    /// Goes on towards something to pick up while holding something else: a key is used first, if it opens a door on the
    /// way, or on the way of what is needed first.
    fn with_full_hands(&self, trip: &Trip, depth: u32) -> Option<Errand> {
        let terrain = self.now();
        let field = Field::towards(&terrain, trip.pick.iter().copied());
        if let Some(door) = field.unlocks(&terrain, self.world.pose) {
            let at = self.world.thing(door).position?;
            return self.approach(terrain.before(at).collect(), Some(Move::Toggle), depth);
        }
        let first = field.follow(&terrain, self.world.pose).0;
        match first.or(trip.obstacle) {
            Some(Obstacle::Lock(door)) => self.unlock(door, depth),
            _ => self.put_away(&|terrain| self.survey(terrain, trip).0),
        }
    }

    /// Takes away something beside which something is to be put, where there is no place left.
    fn make_room(&self, fixed: &Description) -> Option<Errand> {
        let around = fixed.positions.iter().flat_map(|at| Direction::ALL.map(|way| *at + way.ahead()));
        let things = around.filter_map(|at| match self.world.slot(at) {
            Slot::Thing(id) if !self.world.thing(id).is_door() => Some(id),
            _ => None,
        });
        self.fetch(&things.collect::<Vec<_>>(), &|_| None, DEPTH)
    }

    /// Takes what is held somewhere; puts it down first where the way is not free.
    fn bring(&self, goals: Vec<Pose>, last: Option<Move>) -> Option<Errand> {
        let terrain = self.now();
        let there = |terrain: &Terrain<'_>| self.cost(terrain, &goals);
        let field = Field::towards(&terrain, goals.iter().copied());
        let cost = field.cost(self.world.pose);
        if cost >= FAR {
            return None;
        }
        match field.follow(&terrain, self.world.pose).0 {
            None => Some(Errand { goals, last, cost }),
            Some(_) => self.put_away(&there).map(|errand| Errand { cost, ..errand }),
        }
    }

    /// What it takes to fetch a thing.
    fn trip(&self, id: ThingId, target: &Target<'_>) -> Option<Trip> {
        let held = self.world.carrying == Some(id);
        let at = if held { self.world.pose.front() } else { self.world.thing(id).position? };
        if !held && self.world.slot(at) != Slot::Thing(id) {
            return None; // in a box
        }
        let terrain = self.now();
        let pick = if held { vec![self.world.pose] } else { terrain.before(at).collect() };
        let onward = target(id).map(|(goals, _)| goals);
        let mut trip = Trip { id, pick, onward, obstacle: None, cost: 0 };
        (trip.cost, trip.obstacle) = self.survey(&terrain, &trip);
        (trip.cost < FAR).then_some(trip)
    }

    /// What a trip costs, and what is in the way from where the thing is picked up.
    fn survey(&self, terrain: &Terrain<'_>, trip: &Trip) -> (u32, Option<Obstacle>) {
        let there = Field::towards(terrain, trip.pick.iter().copied());
        let (_, from) = there.follow(terrain, self.world.pose);
        let cost = there.cost(self.world.pose);
        let Some(goals) = &trip.onward else { return (cost, None) };
        let loaded = Terrain { held: Some(trip.id), ..*terrain };
        let onward = Field::towards(&loaded, goals.iter().copied());
        (cost.saturating_add(onward.cost(from)), onward.follow(&loaded, from).0)
    }

    /// Puts down what is held, where it is not in the way.
    fn put_away(&self, way: &Cost<'_>) -> Option<Errand> {
        let free = way(&self.terrain(None));
        let near = self.poses_by_distance();
        let doors: Vec<Point> = self.world.things.iter().filter(|t| t.is_door()).filter_map(|t| t.position).collect();
        let places = near.into_iter().filter(|(place, _)| self.world.slot(place.front()) == Slot::Empty);
        let mut best: Option<(u32, Pose)> = None;
        for (place, distance) in places.take(PLACES) {
            let front = place.front();
            let cost = way(&Terrain { taken: Some(front), ..self.terrain(None) });
            let nuisance = if doors.iter().any(|door| door.distance(front) == 1) { NUISANCE } else { 0 };
            let loss = cost.saturating_sub(free) + nuisance;
            if best.is_none_or(|(least, _)| loss + distance < least) {
                best = Some((loss + distance, place));
            }
            if loss <= 1 {
                break;
            }
        }
        best.map(|(cost, place)| Errand { goals: vec![place], last: Some(Move::Drop), cost: free + cost })
    }

    /// Poses to which the agent can come without moving anything, the nearest first.
    fn poses_by_distance(&self) -> Vec<(Pose, u32)> {
        let terrain = self.now();
        let mut found = vec![(self.world.pose, 0)];
        let mut next = 0;
        while let Some((pose, distance)) = found.get(next).copied() {
            next += 1;
            let ahead = Pose { at: pose.front(), ..pose };
            let passes = match terrain.slot(ahead.at) {
                Slot::Empty => true,
                Slot::Thing(id) => self.world.thing(id).body == Body::Door(super::OPEN),
                Slot::Wall => false,
            };
            let turned = [pose.way.left(), pose.way.right()].map(|way| Pose { way, ..pose });
            for pose in turned.into_iter().chain(passes.then_some(ahead)) {
                if !found.iter().any(|(known, _)| *known == pose) {
                    found.push((pose, distance + 1));
                }
            }
            if found.len() > 400 {
                break;
            }
        }
        found
    }
}

/// What a way costs through a terrain.
type Cost<'a> = dyn Fn(&Terrain<'_>) -> u32 + 'a;

/// Where a thing is to be taken, and what is done there.
type Target<'a> = dyn Fn(ThingId) -> Option<(Vec<Pose>, Option<Move>)> + 'a;

/// What it takes to fetch a thing.
#[derive(Debug)]
struct Trip {
    id: ThingId,
    /// Where it is picked up.
    pick: Vec<Pose>,
    /// Where it is to be taken.
    onward: Option<Vec<Pose>>,
    /// What is in the way from the one to the other.
    obstacle: Option<Obstacle>,
    cost: u32,
}
