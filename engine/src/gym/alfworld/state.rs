//! A game in play: what can be done, and what it changes.

use std::sync::Arc;

use super::world::{Properties, Property, World};

/// What changes of a thing. Numbers are those of [`World::receptacles`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thing {
    /// What is true of it.
    pub properties: Properties,
    /// Receptacles that it is in: one, none while it is held, more in some games of the original.
    pub inside: Vec<usize>,
    /// Spots that the domain says it is at, which it keeps apart from `inside`.
    pub near: Vec<usize>,
    /// Receptacles that it was taken from and not put back into.
    pub left: Vec<usize>,
}

/// An episode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlfworldState {
    pub(super) world: Arc<World>,
    pub(super) place: usize,
    pub(super) held: Option<usize>,
    pub(super) opened: Vec<bool>,  // by receptacle
    pub(super) things: Vec<Thing>, // by item
    pub(super) steps: u32,
}

/// An action, with numbers of receptacles and of items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Command {
    Look,
    Inventory,
    ExamineReceptacle(usize),
    ExamineItem(usize),
    Go(usize),
    Open(usize),
    Close(usize),
    Take(usize, usize), // item, receptacle
    Put(usize, usize),
    Treat(Treatment, usize, usize),
    Use(usize),
    Slice(usize, usize), // what, with which knife
}

/// What an appliance does to a held thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Treatment {
    Clean,
    Heat,
    Cool,
}

impl Treatment {
    pub(super) const ALL: [Self; 3] = [Self::Clean, Self::Heat, Self::Cool];

    pub(super) fn verb(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Heat => "heat",
            Self::Cool => "cool",
        }
    }

    /// The class of appliance, what the thing must allow, what it becomes, and what it is no longer.
    pub(super) fn rule(self) -> (&'static str, Property, Property, Option<Property>) {
        match self {
            Self::Clean => ("sinkbasin", Property::Cleanable, Property::Clean, None),
            Self::Heat => ("microwave", Property::Heatable, Property::Hot, Some(Property::Cool)),
            Self::Cool => ("fridge", Property::Coolable, Property::Cool, Some(Property::Hot)),
        }
    }
}

/// Puts a number into its place among numbers in order.
fn insert(numbers: &mut Vec<usize>, number: usize) {
    if let Err(at) = numbers.binary_search(&number) {
        numbers.insert(at, number);
    }
}

/// Whitespace as Python's `strip` means it.
fn strip(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c))
}

impl AlfworldState {
    /// What does not change.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }

    /// `<directory>/<trial>`, as the server's answer to a reset has it.
    #[must_use]
    pub fn task_type(&self) -> &str {
        &self.world.task_type
    }

    /// The item that is held, by its number.
    #[must_use]
    pub fn held(&self) -> Option<usize> {
        self.held
    }

    /// What changes of an item.
    #[must_use]
    pub fn thing(&self, item: usize) -> &Thing {
        &self.things[item]
    }

    /// Whether a receptacle is open.
    #[must_use]
    pub fn is_open(&self, receptacle: usize) -> bool {
        self.opened[receptacle]
    }

    /// Steps that were taken, those in vain too.
    #[must_use]
    pub fn steps(&self) -> u32 {
        self.steps
    }

    /// Whether the goal is reached now. A goal that was reached can be lost again.
    #[must_use]
    pub fn won(&self) -> bool {
        self.world.goal.is_reached(self)
    }

    /// Whether a receptacle is reached from where the agent stands.
    #[must_use]
    pub fn is_here(&self, receptacle: usize) -> bool {
        self.world.receptacles[receptacle].place == Some(self.place)
    }

    /// Items in a receptacle, in order, seen or not.
    pub fn contents(&self, receptacle: usize) -> impl Iterator<Item = usize> + '_ {
        let within = move |(number, thing): (usize, &Thing)| thing.inside.contains(&receptacle).then_some(number);
        self.things.iter().enumerate().filter_map(within)
    }

    /// Receptacles that are reached from where the agent stands, in order.
    pub(super) fn here(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.world.receptacles.len()).filter(|number| self.is_here(*number))
    }

    /// Whether nothing keeps a hand out of it.
    pub(super) fn is_accessible(&self, receptacle: usize) -> bool {
        !self.world.receptacles[receptacle].openable || self.opened[receptacle]
    }

    /// Items that lie here and not in a receptacle that they were taken from, once for each such receptacle: what the
    /// original tells as standing next to a receptacle, though it only changed receptacles at one spot.
    pub(super) fn beside(&self) -> impl Iterator<Item = usize> + '_ {
        let near = self.things.iter().enumerate().filter(|(_, thing)| thing.near.contains(&self.place));
        near.flat_map(|(number, thing)| {
            let left = thing.left.iter().filter(|receptacle| self.is_here(**receptacle));
            left.map(move |_| number)
        })
    }

    /// All that can be done, in no order that counts.
    pub(super) fn commands(&self) -> Vec<Command> {
        let mut commands = vec![Command::Look, Command::Inventory];
        let elsewhere = (0..self.world.receptacles.len())
            .filter(|number| !self.is_here(*number) && self.world.receptacles[*number].place.is_some());
        commands.extend(elsewhere.map(Command::Go));
        commands.extend(self.held.map(Command::ExamineItem));
        for receptacle in self.here() {
            self.commands_at(receptacle, &mut commands);
        }
        let knife = self.held.filter(|held| ["knife", "butterknife"].contains(&self.world.items[*held].kind.as_str()));
        if let Some(knife) = knife {
            let near = self.things.iter().enumerate().filter(|(number, thing)| {
                *number != knife && thing.properties.has(Property::Sliceable) && thing.near.contains(&self.place)
            });
            commands.extend(near.map(|(number, _)| Command::Slice(number, knife)));
        }
        commands
    }

    /// What can be done with a receptacle at which the agent stands. A lamp can be reached behind a closed door, and
    /// appliances work closed.
    fn commands_at(&self, receptacle: usize, commands: &mut Vec<Command>) {
        let fixed = &self.world.receptacles[receptacle];
        let able = |item: &usize, property| self.things[*item].properties.has(property);
        commands.push(Command::ExamineReceptacle(receptacle));
        if fixed.openable {
            let open = self.opened[receptacle];
            commands.push(if open { Command::Close(receptacle) } else { Command::Open(receptacle) });
        }
        let lamps = self.contents(receptacle).filter(|item| able(item, Property::Toggleable));
        commands.extend(lamps.map(Command::Use));
        match self.held {
            None if self.is_accessible(receptacle) => {
                let loose = self.contents(receptacle).filter(|item| able(item, Property::Pickupable));
                commands.extend(loose.map(|item| Command::Take(item, receptacle)));
            }
            None => {}
            Some(held) => {
                if self.is_accessible(receptacle) && self.world.takes(receptacle, held) {
                    commands.push(Command::Put(held, receptacle));
                }
                let fitting = Treatment::ALL.into_iter().filter(|treatment| {
                    let (kind, needed, ..) = treatment.rule();
                    fixed.kind == kind && able(&held, needed)
                });
                commands.extend(fitting.map(|treatment| Command::Treat(treatment, held, receptacle)));
            }
        }
    }

    /// Changes what a command changes.
    pub(super) fn apply(&mut self, command: Command) {
        let here = self.place;
        match command {
            Command::Look | Command::Inventory | Command::ExamineReceptacle(_) | Command::ExamineItem(_) => {}
            Command::Go(receptacle) => self.place = self.world.receptacles[receptacle].place.unwrap_or(here),
            Command::Open(receptacle) => self.opened[receptacle] = true,
            Command::Close(receptacle) => self.opened[receptacle] = false,
            Command::Take(item, receptacle) => {
                let thing = &mut self.things[item];
                thing.inside.retain(|other| *other != receptacle);
                thing.near.retain(|other| *other != here);
                insert(&mut thing.left, receptacle);
                self.held = Some(item);
            }
            Command::Put(item, receptacle) => {
                let thing = &mut self.things[item];
                insert(&mut thing.inside, receptacle);
                insert(&mut thing.near, here);
                thing.left.retain(|other| *other != receptacle);
                self.held = None;
            }
            Command::Treat(treatment, item, _) => {
                let (_, _, becomes, ends) = treatment.rule();
                let properties = &mut self.things[item].properties;
                *properties = properties.with(becomes);
                *properties = ends.map_or(*properties, |ends| properties.without(ends));
            }
            Command::Use(item) => self.mark(item, Property::Toggled),
            Command::Slice(item, _) => self.mark(item, Property::Sliced),
        }
    }

    fn mark(&mut self, item: usize, property: Property) {
        let properties = &mut self.things[item].properties;
        *properties = properties.with(property);
    }

    /// Does what the text says if it is, to the letter, something that can be done; says what came of it.
    pub(super) fn act(&mut self, text: &str) -> String {
        self.steps = self.steps.saturating_add(1);
        let text = strip(text);
        match self.commands().into_iter().find(|command| self.name(*command) == text) {
            Some(command) => {
                self.apply(command);
                self.feedback(command)
            }
            None => "Nothing happens.".to_owned(),
        }
    }
}
