//! What is in a game: receptacles, things, and what may go where. It does not change while the game is played.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::goal::Goal;
use super::state::{AlfworldState, Thing};

/// What can be true of a thing: what it allows, and what was done to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Property {
    /// It can be taken.
    Pickupable,
    /// It can be cleaned at a sink's basin.
    Cleanable,
    /// It can be heated at a microwave.
    Heatable,
    /// It can be cooled at a fridge.
    Coolable,
    /// It can be turned on.
    Toggleable,
    /// It can be sliced.
    Sliceable,
    /// Other things can be in it; only texts show that.
    Vessel,
    /// It was cleaned.
    Clean,
    /// It was heated, and not cooled since.
    Hot,
    /// It was cooled, and not heated since.
    Cool,
    /// It was turned on.
    Toggled,
    /// It was sliced.
    Sliced,
}

impl Property {
    /// All of them, with the predicates by which the domain calls them, in lower case.
    pub const ALL: [(Self, &'static str); 12] = [
        (Self::Pickupable, "pickupable"),
        (Self::Cleanable, "cleanable"),
        (Self::Heatable, "heatable"),
        (Self::Coolable, "coolable"),
        (Self::Toggleable, "toggleable"),
        (Self::Sliceable, "sliceable"),
        (Self::Vessel, "isreceptacleobject"),
        (Self::Clean, "isclean"),
        (Self::Hot, "ishot"),
        (Self::Cool, "iscool"),
        (Self::Toggled, "istoggled"),
        (Self::Sliced, "issliced"),
    ];

    /// The property that a predicate states.
    #[must_use]
    pub fn of_predicate(predicate: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, name)| *name == predicate).map(|(property, _)| property)
    }
}

/// A set of properties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Properties(u16);

impl Properties {
    /// Whether it is among them.
    #[must_use]
    pub fn has(self, property: Property) -> bool {
        self.0 & 1 << property as u8 != 0
    }

    /// Those and this one.
    #[must_use]
    pub fn with(self, property: Property) -> Self {
        Self(self.0 | 1 << property as u8)
    }

    /// Those but this one.
    #[must_use]
    pub fn without(self, property: Property) -> Self {
        Self(self.0 & !(1 << property as u8))
    }
}

impl FromIterator<Property> for Properties {
    fn from_iter<I: IntoIterator<Item = Property>>(properties: I) -> Self {
        properties.into_iter().fold(Self::default(), Self::with)
    }
}

/// Furniture or an appliance: where things are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receptacle {
    /// The domain's id of it, in lower case.
    pub id: String,
    /// Its name in texts: `cabinet 4`.
    pub name: String,
    /// Its class in lower case: `cabinet`.
    pub kind: String,
    /// The spot from which it is reached; receptacles can share one. None: it cannot be reached.
    pub place: Option<usize>,
    /// Whether it is opened and closed.
    pub openable: bool,
    /// Where it is, x and z in centimetres, where that is known.
    pub position: Option<(i32, i32)>,
}

/// What does not change of a thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The domain's id of it, in lower case.
    pub id: String,
    /// Its name in texts: `mug 2`.
    pub name: String,
    /// Its class in lower case: `mug`.
    pub kind: String,
    /// Numbers of the things that are in it, for texts alone.
    pub holds: Vec<usize>,
}

/// A game as it is, whatever is done in it. Receptacles and items are in the order of their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct World {
    /// Furniture and appliances.
    pub receptacles: Vec<Receptacle>,
    /// Things.
    pub items: Vec<Item>,
    /// Which class of receptacle takes which class of thing.
    pub accepts: BTreeSet<(String, String)>,
    /// What is to be done.
    pub goal: Goal,
    /// What is to be done, as the agent is told: `put a clean mug in coffeemachine.`
    pub sentence: String,
    /// `<directory>/<trial>`, as the server's answer to a reset has it.
    pub task_type: String,
}

impl World {
    /// Whether a receptacle takes a thing.
    #[must_use]
    pub fn takes(&self, receptacle: usize, item: usize) -> bool {
        let (receptacle, item) = (&self.receptacles[receptacle], &self.items[item]);
        self.accepts.iter().any(|(kind, other)| *kind == receptacle.kind && *other == item.kind)
    }
}

/// A receptacle before it has a number.
#[derive(Debug, Clone, Default)]
pub(super) struct ReceptacleDraft {
    pub(super) kind: String,
    pub(super) place: Option<usize>,
    pub(super) openable: bool,
    pub(super) opened: bool,
    pub(super) position: Option<(i32, i32)>,
}

/// A thing before it has a number.
#[derive(Debug, Clone, Default)]
pub(super) struct ThingDraft {
    pub(super) kind: String,
    pub(super) properties: Properties,
    pub(super) inside: Vec<String>, // ids of receptacles
    pub(super) near: Vec<usize>,    // spots
    pub(super) holds: Vec<String>,  // ids of things
}

/// A game's facts by ids, from which names and numbers follow.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    pub(super) receptacles: BTreeMap<String, ReceptacleDraft>,
    pub(super) things: BTreeMap<String, ThingDraft>,
    pub(super) accepts: BTreeSet<(String, String)>,
    pub(super) place: usize,
    pub(super) held: Option<String>,
}

/// Spelling of an id's special characters in the domain.
const MANGLED: [(char, &str); 5] =
    [('-', "_minus_"), ('|', "_bar_"), ('+', "_plus_"), ('.', "_dot_"), (',', "_comma_")];

/// An id of the simulator as the domain writes it, in lower case: `Mug|+00.10` is `mug_bar__plus_00_dot_10`.
pub(super) fn mangle(id: &str) -> String {
    let mut text = String::with_capacity(id.len() * 2);
    for character in id.chars() {
        match MANGLED.into_iter().find(|(plain, _)| *plain == character) {
            Some((_, word)) => text.push_str(word),
            None => text.extend(character.to_lowercase()),
        }
    }
    text
}

/// The class by which an id is named and numbered; none where the id has no coordinates.
fn class(id: &str) -> Option<String> {
    let (name, _) = id.split_once("_bar_")?;
    Some(if id.contains("basin") { format!("{name}basin") } else { name.to_owned() })
}

/// Names by ids: within a class, the first id in order has the highest number.
fn names<'a>(ids: impl Iterator<Item = &'a String>) -> BTreeMap<&'a str, String> {
    let ids: BTreeSet<&str> = ids.map(String::as_str).collect();
    let mut left: BTreeMap<String, usize> = BTreeMap::new();
    for class in ids.iter().filter_map(|id| class(id)) {
        *left.entry(class).or_default() += 1;
    }
    let mut name = |id: &str| {
        let Some(class) = class(id) else { return id.to_owned() };
        let number = left.entry(class.clone()).or_default();
        let name = format!("{class} {number}");
        *number = number.saturating_sub(1);
        name
    };
    ids.into_iter().map(|id| (id, name(id))).collect()
}

/// Positions of ids among the keys; ids that are none are left out.
fn numbers<T>(ids: &[String], keys: &BTreeMap<String, T>) -> Vec<usize> {
    keys.keys().enumerate().filter(|(_, key)| ids.contains(key)).map(|(number, _)| number).collect()
}

impl Draft {
    /// The game's first state.
    pub(super) fn begin(&self, goal: Goal, sentence: String, task_type: String) -> AlfworldState {
        let names = names(self.receptacles.keys().chain(self.things.keys()));
        let name = |id: &String| names[id.as_str()].clone();
        let receptacles = self.receptacles.iter().map(|(id, draft)| Receptacle {
            id: id.clone(),
            name: name(id),
            kind: draft.kind.clone(),
            place: draft.place,
            openable: draft.openable,
            position: draft.position,
        });
        let items = self.things.iter().map(|(id, draft)| Item {
            id: id.clone(),
            name: name(id),
            kind: draft.kind.clone(),
            holds: numbers(&draft.holds, &self.things),
        });
        let things = self.things.values().map(|draft| Thing {
            properties: draft.properties,
            inside: numbers(&draft.inside, &self.receptacles),
            near: draft.near.iter().copied().collect::<BTreeSet<_>>().into_iter().collect(),
            left: Vec::new(),
        });
        AlfworldState {
            opened: self.receptacles.values().map(|draft| draft.opened).collect(),
            things: things.collect(),
            place: self.place,
            held: self.held.as_ref().and_then(|held| self.things.keys().position(|id| id == held)),
            steps: 0,
            world: Arc::new(World {
                receptacles: receptacles.collect(),
                items: items.collect(),
                accepts: self.accepts.clone(),
                goal,
                sentence,
                task_type,
            }),
        }
    }
}
