//! Costs of getting somewhere, from everywhere: Dijkstra backwards from the goals.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::super::object::{Body, DoorState, Point, ThingId, Way};
use super::super::world::{Move, Pose, Slot, World};

/// What it costs to have something moved out of the way, in moves.
const MOVE_AWAY: u32 = 15;

/// What it costs to get a key.
const UNLOCK: u32 = 60;

/// What it costs to open a door that is to be opened later.
const SPOIL: u32 = 300;

/// No way at all.
pub(super) const FAR: u32 = u32::MAX / 4;

/// What stands in the way, and cannot be passed without doing something else first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// It has to be moved.
    Thing(ThingId),
    /// It has to be unlocked.
    Lock(ThingId),
}

/// The world as a way is planned through it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terrain<'a> {
    pub(super) world: &'a World,
    /// What is in the agent's hands on the way.
    pub(super) held: Option<ThingId>,
    /// Doors that should stay shut.
    pub(super) spared: &'a [ThingId],
    /// A cell that is taken, whatever is there.
    pub(super) taken: Option<Point>,
}

impl Terrain<'_> {
    /// What is at a position on the way: what is held is not there.
    pub(super) fn slot(&self, at: Point) -> Slot {
        match self.world.slot(at) {
            _ if self.taken == Some(at) => Slot::Wall,
            Slot::Thing(id) if self.held == Some(id) => Slot::Empty,
            slot => slot,
        }
    }

    fn opens(&self, door: ThingId) -> bool {
        let colour = self.world.thing(door).colour;
        self.held.is_some_and(|id| self.world.thing(id).body == Body::Key && self.world.thing(id).colour == colour)
    }

    /// The cost of stepping onto a cell; none for a wall.
    fn cost(&self, at: Point) -> Option<u32> {
        let Slot::Thing(id) = self.slot(at) else { return (self.slot(at) == Slot::Empty).then_some(1) };
        let spoil = if self.spared.contains(&id) { SPOIL } else { 0 };
        Some(match self.world.thing(id).body {
            Body::Door(DoorState::Open) => 1,
            Body::Door(DoorState::Closed) => 2 + spoil,
            Body::Door(DoorState::Locked) if self.opens(id) => 2 + spoil,
            Body::Door(DoorState::Locked) => UNLOCK + spoil,
            Body::Key | Body::Ball | Body::Box { .. } => MOVE_AWAY,
        })
    }

    fn obstacle(&self, at: Point) -> Option<Obstacle> {
        let Slot::Thing(id) = self.slot(at) else { return None };
        match self.world.thing(id).body {
            Body::Door(DoorState::Locked) if !self.opens(id) => Some(Obstacle::Lock(id)),
            Body::Door(_) => None,
            _ => Some(Obstacle::Thing(id)),
        }
    }

    /// Where one stands to have a position in front, walls left out.
    pub(super) fn before(&self, at: Point) -> impl Iterator<Item = Pose> + '_ {
        let poses = Way::ALL.into_iter().map(move |way| Pose { at: at - way.ahead(), way });
        poses.filter(|pose| self.slot(pose.at) != Slot::Wall)
    }
}

/// Costs to the nearest goal from every pose.
#[derive(Debug, Clone)]
pub(super) struct Field {
    width: i32,
    costs: Vec<u32>, // (row, column, way)
}

impl Field {
    fn index(&self, pose: Pose) -> usize {
        (pose.at.y * self.width + pose.at.x) as usize * Way::ALL.len() + pose.way.index()
    }

    pub(super) fn towards(terrain: &Terrain<'_>, goals: impl IntoIterator<Item = Pose>) -> Self {
        let (width, height) = (terrain.world.width, terrain.world.height);
        let mut field = Self { width, costs: vec![FAR; (width * height) as usize * Way::ALL.len()] };
        let mut open = BinaryHeap::new();
        for pose in goals {
            let index = field.index(pose);
            field.costs[index] = 0;
            open.push(Reverse((0, index)));
        }
        while let Some(Reverse((cost, index))) = open.pop() {
            if cost > field.costs[index] {
                continue;
            }
            let cell = (index / Way::ALL.len()) as i32;
            let (at, way) = (Point::new(cell % width, cell / width), Way::ALL[index % Way::ALL.len()]);
            let back = Pose { at: at - way.ahead(), way };
            let entered = terrain.cost(at).filter(|_| terrain.slot(back.at) != Slot::Wall);
            let turned = [way.left(), way.right()].map(|way| Some((Pose { at, way }, 1)));
            for (pose, step) in turned.into_iter().chain([entered.map(|step| (back, step))]).flatten() {
                let before = field.index(pose);
                if cost + step < field.costs[before] {
                    field.costs[before] = cost + step;
                    open.push(Reverse((cost + step, before)));
                }
            }
        }
        field
    }

    pub(super) fn cost(&self, pose: Pose) -> u32 {
        self.costs[self.index(pose)]
    }

    /// The next step of a cheapest way; none at a goal, or where there is no way.
    pub(super) fn step(&self, terrain: &Terrain<'_>, pose: Pose) -> Option<(Move, Pose)> {
        if matches!(self.cost(pose), 0 | FAR..) {
            return None;
        }
        let ahead = Pose { at: pose.front(), ..pose };
        let forward = terrain.cost(ahead.at).map(|cost| (cost, Move::Forward, ahead));
        let left = (1, Move::Left, Pose { way: pose.way.left(), ..pose });
        let right = (1, Move::Right, Pose { way: pose.way.right(), ..pose });
        let steps = forward.into_iter().chain([left, right]);
        steps.min_by_key(|(cost, _, pose)| cost + self.cost(*pose)).map(|(_, action, pose)| (action, pose))
    }

    /// The first thing on a cheapest way that has to be dealt with, and where the way ends.
    pub(super) fn follow(&self, terrain: &Terrain<'_>, start: Pose) -> (Option<Obstacle>, Pose) {
        let (mut pose, mut first) = (start, None);
        while let Some((_, next)) = self.step(terrain, pose) {
            if next.at != pose.at {
                first = first.or_else(|| terrain.obstacle(next.at));
            }
            pose = next;
        }
        (first, pose)
    }

    /// The first door on a cheapest way that what is held unlocks.
    pub(super) fn unlocks(&self, terrain: &Terrain<'_>, start: Pose) -> Option<ThingId> {
        let cells = std::iter::successors(Some(start), |pose| self.step(terrain, *pose).map(|(_, next)| next));
        let mut doors = cells.filter_map(|pose| match terrain.slot(pose.at) {
            Slot::Thing(id) => Some(id),
            _ => None,
        });
        doors.find(|id| terrain.world.thing(*id).is_locked() && terrain.opens(*id))
    }
}
