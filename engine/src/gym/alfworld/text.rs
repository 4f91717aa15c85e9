//! What an agent reads: names of commands and what they come to, word for word as alfworld 0.3.3 has them.

use super::state::{AlfworldState, Command};
use super::world::Property;

/// `nothing`, `a mug 1`, `a mug 1, and a pen 2`, `a mug 1, a pen 2, and a pen 1`.
fn list(items: impl IntoIterator<Item = String>) -> String {
    let items: Vec<String> = items.into_iter().collect();
    match &items[..] {
        [] => "nothing".to_owned(),
        [item] => item.clone(),
        [items @ .., last] => format!("{}, and {last}", items.join(", ")),
    }
}

/// The article is the same before all names.
fn indefinite(name: &str) -> String {
    format!("a {name}")
}

impl AlfworldState {
    fn receptacle(&self, number: usize) -> &str {
        &self.world.receptacles[number].name
    }

    fn item(&self, number: usize) -> &str {
        &self.world.items[number].name
    }

    fn items(&self, numbers: impl Iterator<Item = usize>) -> String {
        list(numbers.map(|number| indefinite(self.item(number))))
    }

    /// A command as it is typed.
    pub(super) fn name(&self, command: Command) -> String {
        let (item, receptacle) = (|number| self.item(number), |number| self.receptacle(number));
        match command {
            Command::Look => "look".to_owned(),
            Command::Inventory => "inventory".to_owned(),
            Command::ExamineReceptacle(number) => format!("examine {}", receptacle(number)),
            Command::ExamineItem(number) => format!("examine {}", item(number)),
            Command::Go(to) => format!("go to {}", receptacle(to)),
            Command::Open(number) => format!("open {}", receptacle(number)),
            Command::Close(number) => format!("close {}", receptacle(number)),
            Command::Take(what, from) => format!("take {} from {}", item(what), receptacle(from)),
            Command::Put(what, into) => format!("put {} in/on {}", item(what), receptacle(into)),
            Command::Treat(how, what, with) => format!("{} {} with {}", how.verb(), item(what), receptacle(with)),
            Command::Use(number) => format!("use {}", item(number)),
            Command::Slice(what, with) => format!("slice {} with {}", item(what), item(with)),
        }
    }

    /// What is told after a command. Arriving is told by what is seen: the server takes the name of the spot away.
    pub(super) fn feedback(&self, command: Command) -> String {
        let (item, receptacle) = (|number| self.item(number), |number| self.receptacle(number));
        match command {
            Command::Look => self.look("nothing".to_owned()),
            Command::Inventory => match self.held {
                Some(held) => format!("You are carrying: {}.", indefinite(item(held))),
                None => "You are not carrying anything.".to_owned(),
            },
            Command::ExamineReceptacle(number) | Command::Go(number) => self.inspect(number),
            Command::ExamineItem(number) => self.describe(number),
            Command::Open(number) => format!("You open the {}. {}", receptacle(number), self.inspect(number)),
            Command::Close(number) => format!("You close the {}.", receptacle(number)),
            Command::Take(what, from) => format!("You pick up the {} from the {}.", item(what), receptacle(from)),
            Command::Put(what, into) => format!("You put the {} in/on the {}.", item(what), receptacle(into)),
            Command::Treat(how, what, with) => {
                format!("You {} the {} using the {}.", how.verb(), item(what), receptacle(with))
            }
            Command::Use(number) => format!("You turn on the {}.", item(number)),
            Command::Slice(what, with) => format!("You sliced the {} with the {}.", item(what), item(with)),
        }
    }

    /// What an agent sees first.
    pub(super) fn introduction(&self) -> String {
        let all = self.world.receptacles.iter().filter(|receptacle| receptacle.place.is_some());
        let all = list(all.map(|receptacle| indefinite(&receptacle.name)));
        format!("{}\nYour task is to: {}", self.look(all), self.world.sentence)
    }

    /// What is seen where the agent stands; `around` where that is in the middle of the room.
    fn look(&self, around: String) -> String {
        let facing: Vec<String> = self.here().map(|number| self.receptacle(number).to_owned()).collect();
        if facing.is_empty() {
            return format!("You are in the middle of a room. Looking quickly around you, you see {around}.");
        }
        format!("You are facing the {}. Next to it, you see {}.", list(facing), self.items(self.beside()))
    }

    /// What is seen of a receptacle.
    fn inspect(&self, number: usize) -> String {
        let name = self.receptacle(number);
        match (self.world.receptacles[number].openable, self.opened[number]) {
            (true, true) => format!("The {name} is open. In it, you see {}.", self.items(self.contents(number))),
            (true, false) => format!("The {name} is closed."),
            (false, _) => format!("On the {name}, you see {}.", self.items(self.contents(number))),
        }
    }

    /// What is seen of a thing in the hand. Vessels are normal, whatever was done to them, and of a lamp only one that
    /// is on is told.
    fn describe(&self, number: usize) -> String {
        let name = self.item(number);
        let has = |property| self.things[number].properties.has(property);
        if has(Property::Vessel) {
            let held = self.items(self.world.items[number].holds.iter().copied());
            return format!("This is a normal {name}. In it, you see {held}.");
        }
        let [clean, hot, cool, sliced] = [Property::Clean, Property::Hot, Property::Cool, Property::Sliced].map(has);
        let state = match (clean, hot, cool, sliced) {
            (true, true, _, true) => "hot and clean sliced",
            (true, false, true, true) => "cool and clean sliced",
            (true, false, false, true) => "clean sliced",
            (false, true, _, true) => "hot sliced",
            (false, false, true, true) => "cool sliced",
            (true, true, _, false) => "hot and clean",
            (true, false, true, false) => "cool and clean",
            (false, true, _, false) => "hot",
            (true, false, false, false) => "clean",
            (false, false, true, false) => "cold",
            _ if has(Property::Toggleable) && has(Property::Toggled) => return format!("This {name} is on."),
            (false, false, false, true) if has(Property::Sliceable) => "sliced",
            (false, false, false, _) => return format!("There's nothing special about {name}."),
        };
        format!("This is a {state} {name}.")
    }
}
