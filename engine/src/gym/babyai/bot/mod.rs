//! A planner that sees the whole level and acts through AgentGym's actions.
//!
//! It knows what to do next as somewhere to go and something to do there ([`errand`]), tries every action of the menu on a
//! copy of the state, and takes the one that brings it nearest.

mod errand;
mod route;

use super::BabyState;
use super::instruction::{Action, Instruction, Order};
use super::menu::Choice;
use super::object::{Body, Cell, DoorState, ThingId};
use super::world::{Move, Pose, World};
use errand::{Errand, Planner};
use route::{Field, Terrain};

const OPEN: DoorState = DoorState::Open;

/// The next action.
pub(super) fn next(state: &BabyState) -> Option<String> {
    if state.done {
        return None;
    }
    let world = &state.world;
    let spared = doors_to_open(&state.instruction, world);
    let planner = Planner { world, spared: &spared };
    let errands = pending(&state.instruction).into_iter().filter_map(|action| planner.errand(action));
    let errand = errands.min_by_key(|errand| errand.cost)?;
    let terrain = Terrain { world, held: world.carrying, spared: &spared, taken: None };
    let field = Field::towards(&terrain, errand.goals.iter().copied());
    let trial = Trial { state, errand: &errand, terrain, field: &field };
    let choices = state.choices();
    let best = choices
        .iter()
        .filter(|choice| !choice.moves.is_empty())
        .filter_map(|choice| Some((trial.value(choice)?, choice)))
        .min_by_key(|(value, choice)| (*value, choice.moves.len()));
    best.map(|(_, choice)| choice.words.clone()).or_else(|| trial.single(&choices))
}

/// Actions that can be fulfilled now.
fn pending(instruction: &Instruction) -> Vec<&Action> {
    match instruction {
        Instruction::One(action) => vec![action],
        Instruction::Two(pair) => {
            let [first, second] = &pair.parts;
            match (pair.order, pair.done) {
                (Order::And, [done, also]) => {
                    let parts = [(first, done), (second, also)].into_iter().filter(|(_, done)| !done);
                    parts.flat_map(|(part, _)| pending(part)).collect()
                }
                (Order::Before, [false, _]) | (Order::After, [_, true]) => pending(first),
                (Order::Before, [true, _]) | (Order::After, [_, false]) => pending(second),
            }
        }
    }
}

/// How much of an instruction is done.
fn progress(instruction: &Instruction) -> usize {
    match instruction {
        Instruction::One(_) => 0,
        Instruction::Two(pair) => {
            let done = pair.done.iter().filter(|done| **done).count();
            done * 4
                + pair
                    .parts
                    .iter()
                    .zip(pair.done)
                    .filter(|(_, done)| !done)
                    .map(|(part, _)| progress(part))
                    .sum::<usize>()
        }
    }
}

/// Doors that an instruction which is not fulfilled speaks of opening.
fn doors_to_open(instruction: &Instruction, world: &World) -> Vec<ThingId> {
    let mut doors = Vec::new();
    collect_doors(instruction, &mut doors);
    doors.retain(|id| world.thing(*id).body != Body::Door(OPEN));
    doors
}

fn collect_doors(instruction: &Instruction, doors: &mut Vec<ThingId>) {
    match instruction {
        Instruction::One(Action::Open(description, _)) => doors.extend(&description.things),
        Instruction::One(_) => {}
        Instruction::Two(pair) => {
            let open = pair.parts.iter().zip(pair.done).filter(|(_, done)| !done);
            open.for_each(|(part, _)| collect_doors(part, doors));
        }
    }
}

/// An errand, and a state in which actions are tried for it.
struct Trial<'a> {
    state: &'a BabyState,
    errand: &'a Errand,
    terrain: Terrain<'a>,
    field: &'a Field,
}

impl Trial<'_> {
    /// What is left of the errand after an action; none where the action does not help.
    fn value(&self, choice: &Choice) -> Option<u32> {
        let (state, errand) = (self.state, self.errand);
        let mut after = state.clone();
        after.take(choice);
        let advanced = progress(&after.instruction) > progress(&state.instruction);
        if after.score > state.score || advanced {
            return Some(0);
        }
        let opened = |id: &ThingId| after.world.thing(*id).body == Body::Door(OPEN);
        if self.terrain.spared.iter().any(opened) || after.score < state.score {
            return None;
        }
        if after.world.carrying != state.world.carrying || is_shifted(&state.world, &after.world) {
            return is_carried_out(&state.world, &after.world, errand).then_some(1);
        }
        let is_opened = |goal: &Pose| is_opened(&state.world, &after.world, *goal);
        if errand.last == Some(Move::Toggle) && errand.goals.iter().any(is_opened) {
            return Some(1);
        }
        let left = self.left(&after.world);
        (left < self.field.cost(state.world.pose)).then_some(left + 2)
    }

    /// The way that is left in a world in which at most doors are other than before.
    fn left(&self, after: &World) -> u32 {
        match after.things == self.state.world.things {
            true => self.field.cost(after.pose),
            false => {
                let terrain = Terrain { world: after, ..self.terrain };
                Field::towards(&terrain, self.errand.goals.iter().copied()).cost(after.pose)
            }
        }
    }

    /// The action that is the next single move of the errand.
    fn single(&self, choices: &[Choice]) -> Option<String> {
        let world = &self.state.world;
        let step = self.field.step(&self.terrain, world.pose).map(|(action, to)| opened_first(world, action, to));
        // Where the goal is reached and nothing is to be done, only a move is missing that the instruction is asked about.
        let action = step.or(self.errand.last).unwrap_or(Move::Left);
        let fitting = |action: Move| choices.iter().find(|choice| choice.moves == [action]);
        fitting(action).or_else(|| fitting(Move::Left)).map(|choice| choice.words.clone())
    }
}

/// Whether the door before a goal was opened.
fn is_opened(before: &World, after: &World, goal: Pose) -> bool {
    let is_open = |world: &World| matches!(world.cell(goal.front()), Cell::Door(_, OPEN));
    !is_open(before) && is_open(after)
}

/// Whether a thing is elsewhere.
fn is_shifted(before: &World, after: &World) -> bool {
    before.things.iter().zip(&after.things).any(|(one, other)| one.position != other.position)
}

/// Whether something was picked up or put down as an errand wants it.
fn is_carried_out(before: &World, after: &World, errand: &Errand) -> bool {
    let fronts = || errand.goals.iter().map(|goal| goal.front());
    match (errand.last, before.carrying, after.carrying) {
        (Some(Move::Pickup), None, Some(id)) => fronts().any(|front| before.thing(id).position == Some(front)),
        (Some(Move::Drop), Some(id), None) => fronts().any(|front| after.thing(id).position == Some(front)),
        _ => false,
    }
}

/// A door is opened before it is walked through.
fn opened_first(world: &World, action: Move, to: Pose) -> Move {
    let shut = matches!(world.cell(to.at), Cell::Door(_, DoorState::Closed | DoorState::Locked));
    if action == Move::Forward && shut { Move::Toggle } else { action }
}
