//! The six kinds of task, and when they are solved.

use super::state::AlfworldState;
use super::world::Property;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goal {
    /// The class of the thing that it is about, in lower case.
    pub thing: String,
    /// What is to become of it.
    pub aim: Aim,
    /// Whether all receptacles must be closed in the end, as ALFRED's problems demand and ALFWorld's games do not.
    pub shut: bool,
}

/// What is to become of a thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Aim {
    /// `count` different ones lie in one receptacle of this class, each with these properties.
    Place {
        /// The receptacle's class.
        receptacle: String,
        /// One or two.
        count: usize,
        /// What must be true of each.
        needs: Vec<Property>,
    },
    /// One is held beside a receptacle with a lamp of this class in it that was turned on.
    Light {
        /// The lamp's class.
        lamp: String,
    },
}

impl Goal {
    /// Whether it is reached.
    #[must_use]
    pub fn is_reached(&self, state: &AlfworldState) -> bool {
        (!self.shut || !state.opened.contains(&true)) && self.is_done_but_for_doors(state)
    }

    /// Whether nothing is missing but that receptacles be closed.
    pub(super) fn is_done_but_for_doors(&self, state: &AlfworldState) -> bool {
        let world = state.world();
        match &self.aim {
            Aim::Place { receptacle, count, .. } => world
                .receptacles
                .iter()
                .enumerate()
                .any(|(number, place)| place.kind == *receptacle && self.lying(state, number).count() >= *count),
            Aim::Light { lamp } => {
                let held = state.held.is_some_and(|held| world.items[held].kind == self.thing);
                held && state.things.iter().zip(&world.items).any(|(thing, item)| {
                    let on = thing.properties.has(Property::Toggleable) && thing.properties.has(Property::Toggled);
                    on && item.kind == *lamp && thing.inside.iter().any(|number| state.is_here(*number))
                })
            }
        }
    }

    /// Things in a receptacle that are as they shall be.
    pub(super) fn lying<'a>(&'a self, state: &'a AlfworldState, receptacle: usize) -> impl Iterator<Item = usize> + 'a {
        state.contents(receptacle).filter(move |thing| {
            state.world().items[*thing].kind == self.thing
                && self.needs().iter().all(|need| state.things[*thing].properties.has(*need))
        })
    }

    /// What must be true of the thing in its place.
    pub(super) fn needs(&self) -> &[Property] {
        match &self.aim {
            Aim::Place { needs, .. } => needs,
            Aim::Light { .. } => &[],
        }
    }
}

/// The kinds of task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TaskKind {
    /// Put a thing somewhere.
    Place,
    /// Clean a thing and put it somewhere.
    Clean,
    /// Cool a thing and put it somewhere.
    Cool,
    /// Put two things of a class into one receptacle.
    Two,
    /// Heat a thing and put it somewhere.
    Heat,
    /// Hold a thing beside a lamp that is on.
    Light,
}

impl TaskKind {
    /// All of them, with their names in the original's directories.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Place, "pick_and_place_simple"),
        (Self::Clean, "pick_clean_then_place_in_recep"),
        (Self::Cool, "pick_cool_then_place_in_recep"),
        (Self::Two, "pick_two_obj_and_place"),
        (Self::Heat, "pick_heat_then_place_in_recep"),
        (Self::Light, "look_at_obj_in_light"),
    ];

    /// The kind of this name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, other)| *other == name).map(|(kind, _)| kind)
    }

    /// Its name in the original's directories.
    #[must_use]
    pub fn name(self) -> &'static str {
        let named = Self::ALL.into_iter().find(|(kind, _)| *kind == self);
        named.expect("invariant: ALL has every kind").1
    }

    /// The class of appliance that it needs, and what the thing must allow.
    pub(super) fn appliance(self) -> Option<(&'static str, Property)> {
        match self {
            Self::Clean => Some(("SinkBasin", Property::Cleanable)),
            Self::Cool => Some(("Fridge", Property::Coolable)),
            Self::Heat => Some(("Microwave", Property::Heatable)),
            Self::Place | Self::Two | Self::Light => None,
        }
    }

    /// How many of the thing it takes.
    pub(super) fn count(self) -> usize {
        if self == Self::Two { 2 } else { 1 }
    }

    /// The goal, for classes in lower case.
    pub(super) fn goal(self, thing: &str, target: &str) -> Goal {
        let needs = match self {
            Self::Clean => vec![Property::Cleanable, Property::Clean],
            Self::Cool => vec![Property::Coolable, Property::Cool],
            Self::Heat => vec![Property::Heatable, Property::Hot],
            Self::Place | Self::Two | Self::Light => Vec::new(),
        };
        let aim = match self {
            Self::Light => Aim::Light { lamp: target.to_owned() },
            _ => Aim::Place { receptacle: target.to_owned(), count: self.count(), needs },
        };
        Goal { thing: thing.to_owned(), aim, shut: false }
    }

    /// The two sentences in which the original tells it, for classes in lower case.
    pub(super) fn sentences(self, thing: &str, target: &str) -> [String; 2] {
        match self {
            Self::Place => [format!("put a {thing} in {target}."), format!("put some {thing} on {target}.")],
            Self::Two => {
                [format!("put two {thing} in {target}."), format!("find two {thing} and put them in {target}.")]
            }
            Self::Light => {
                [format!("look at {thing} under the {target}."), format!("examine the {thing} with the {target}.")]
            }
            Self::Clean => treated("clean", "clean", thing, target),
            Self::Cool => treated("cool", "cool", thing, target),
            Self::Heat => treated("hot", "heat", thing, target),
        }
    }
}

/// The sentences about a thing that is treated first.
fn treated(adjective: &str, verb: &str, thing: &str, target: &str) -> [String; 2] {
    [format!("put a {adjective} {thing} in {target}."), format!("{verb} some {thing} and put it in {target}.")]
}
