//! What AgentGym's server lets the agent do, and what it says when it does not.

use super::object::{Cell, DoorState, Point};
use super::observation::{Sight, barrier, is_shut, sights};
use super::path::path;
use super::world::{EYE, Image, Move, World};

/// The action that lists all actions.
pub(super) const CHECK: &str = "check available actions";

/// An action: its words, and the moves that it is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) words: String,
    pub(super) moves: Vec<Move>,
}

/// All that the agent can do as the last look showed it, in the original's order.
pub(super) fn menu(image: &Image, world: &World) -> Vec<Choice> {
    let mut menu = Menu(Vec::new());
    menu.add("turn left", [Move::Left]);
    menu.add("turn right", [Move::Right]);
    if barrier(image).is_none_or(|(_, steps)| steps > 1) {
        menu.add("move forward", [Move::Forward]);
    }
    let in_reach: Vec<(Sight, Vec<Move>)> = sights(image)
        .into_iter()
        .filter_map(|sight| path(image, world.pose.way, sight.place).map(|moves| (sight, moves)))
        .collect();
    if world.carrying.is_none() {
        for (sight, moves) in in_reach.iter().filter(|(sight, _)| matches!(sight.cell, Cell::Item(..))) {
            menu.add(&format!("pickup {}", sight.name), moves.iter().copied().chain([Move::Pickup]));
        }
    } else if !ahead(image).is_obstacle() {
        menu.add("drop", [Move::Drop]);
    }
    for (sight, moves) in &in_reach {
        menu.add_door(world, sight, moves);
    }
    for (sight, moves) in &in_reach {
        menu.add(&format!("go to {}", sight.name), moves.iter().copied());
    }
    menu.add(CHECK, []);
    menu.0
}

fn ahead(image: &Image) -> Cell {
    image.get(EYE - Point::new(0, 1)).unwrap_or(Cell::Empty)
}

struct Menu(Vec<Choice>);

impl Menu {
    fn add(&mut self, words: &str, moves: impl IntoIterator<Item = Move>) {
        self.0.push(Choice { words: words.to_owned(), moves: moves.into_iter().collect() });
    }

    fn add_door(&mut self, world: &World, sight: &Sight, moves: &[Move]) {
        let Cell::Door(colour, state) = sight.cell else { return };
        let name = &sight.name;
        if state == DoorState::Open {
            return self.add(&format!("go through {name}"), moves.iter().copied().chain([Move::Forward]));
        }
        if state == DoorState::Closed || world.holds_key(colour) {
            let through = moves.iter().copied().chain([Move::Toggle, Move::Forward]);
            self.add(&format!("toggle and go through {name}"), through);
            if moves.is_empty() {
                self.add("toggle", [Move::Toggle]);
            }
        }
    }
}

/// What an action that is not in the menu is answered with. Where the specification does not give the sentence, it is
/// ours in the manner of the others.
pub(super) fn refusal(image: &Image, world: &World, words: &str) -> String {
    let refused = match words {
        "move forward" => Some("There is a barrier in front of you, you can't move forward.".to_owned()),
        "drop" if world.carrying.is_none() => Some("You cannot drop, as you are not carrying anything.".to_owned()),
        "drop" => Some("You cannot drop, as there is already an object in front of you.".to_owned()),
        "toggle" => Some("You cannot toggle, as there is no door that you can toggle in front of you.".to_owned()),
        _ => sights(image).iter().find_map(|sight| refusal_of(image, world, words, sight)),
    };
    refused.unwrap_or_else(|| "The action is not recognized. Please check valid actions.".to_owned())
}

/// Why this cannot be done to something in sight; none if the words are not about it.
fn refusal_of(image: &Image, world: &World, words: &str, sight: &Sight) -> Option<String> {
    let verb = words.strip_suffix(sight.name.as_str())?.strip_suffix(' ')?;
    let reason = match (verb, sight.cell) {
        ("pickup", Cell::Item(..)) if world.carrying.is_some() => "you are already carrying something",
        ("go through", cell @ Cell::Door(..)) if is_shut(cell) => "it is closed. You should toggle it first",
        ("toggle and go through", Cell::Door(_, DoorState::Open)) => "it is open. You should go through it",
        ("toggle and go through", Cell::Door(colour, DoorState::Locked)) if !world.holds_key(colour) => {
            match world.carrying.is_some_and(|id| world.thing(id).cell().is_key()) {
                true => "the color of the key you are carrying does not match the color of door",
                false => "you are not carrying a key",
            }
        }
        ("pickup", Cell::Item(..)) | ("go through" | "toggle and go through", Cell::Door(..)) | ("go to", _)
            if path(image, world.pose.way, sight.place).is_none() =>
        {
            "there is no path leading to it"
        }
        _ => return None,
    };
    Some(format!("You cannot {words}, as {reason}."))
}
