//! Facts about the real rooms, from `table.txt`: which receptacles each has and where, which classes of things are in it,
//! and what may go where. `engine/tests/fixtures/gym/alfworld_table.py` says how lines read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// A room of the original's simulator.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Scene {
    pub(super) number: u32,
    pub(super) things: Vec<&'static str>,
    pub(super) spots: Vec<Spot>,
}

/// A receptacle of a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) kind: &'static str,
    /// `X|Y|Z` in metres; none where only its class is known to be in the room.
    pub(super) coordinates: Option<&'static str>,
    /// The spot from which it is reached.
    pub(super) place: usize,
}

/// All facts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Facts {
    /// Classes of receptacles, and the classes of things that go there.
    pub(super) contains: BTreeMap<&'static str, BTreeSet<&'static str>>,
    pub(super) heat: Vec<&'static str>,
    pub(super) cool: Vec<&'static str>,
    pub(super) clean: Vec<&'static str>,
    pub(super) slice: Vec<&'static str>,
    /// Classes of receptacles that are opened and closed.
    pub(super) open: Vec<&'static str>,
    pub(super) scenes: Vec<Scene>,
}

pub(super) static FACTS: LazyLock<Facts> = LazyLock::new(|| Facts::parse(include_str!("table.txt")));

/// Rooms that ALFRED keeps for its tests in unseen rooms; the other 108 are those that the original's tasks are in.
pub(super) const UNSEEN: [u32; 12] = [9, 10, 29, 215, 219, 226, 308, 315, 325, 404, 424, 425];

impl Facts {
    fn parse(table: &'static str) -> Self {
        let mut facts = Self::default();
        for line in table.lines().filter(|line| !line.starts_with('#')) {
            let mut words = line.split(' ');
            let first = words.next().unwrap_or_default();
            let mut words: Vec<&str> = words.collect();
            match first {
                "contains" if !words.is_empty() => {
                    facts.contains.insert(words.remove(0), words.into_iter().collect());
                }
                "heat" => facts.heat = words,
                "cool" => facts.cool = words,
                "clean" => facts.clean = words,
                "slice" => facts.slice = words,
                "open" => facts.open = words,
                "scene" => {
                    let number = words.first().and_then(|word| word.parse().ok()).unwrap_or_default();
                    facts.scenes.push(Scene { number, ..Scene::default() });
                }
                _ => facts.scenes.last_mut().into_iter().for_each(|scene| scene.add(first, &words)),
            }
        }
        facts
    }

    pub(super) fn scene(&self, number: u32) -> Option<&Scene> {
        self.scenes.iter().find(|scene| scene.number == number)
    }

    /// Whether a class of receptacle takes a class of thing.
    pub(super) fn accepts(&self, receptacle: &str, thing: &str) -> bool {
        self.contains.get(receptacle).is_some_and(|things| things.contains(thing))
    }
}

impl Scene {
    fn add(&mut self, kind: &'static str, words: &[&'static str]) {
        if kind == "objects" {
            self.things = words.to_vec();
            return;
        }
        let spots = words.iter().filter_map(|word| word.split_once('@'));
        self.spots.extend(spots.map(|(coordinates, place)| Spot {
            kind,
            coordinates: Some(coordinates).filter(|coordinates| *coordinates != "*"),
            place: place.parse().unwrap_or_default(),
        }));
    }

    /// How many places there are.
    pub(super) fn places(&self) -> usize {
        self.spots.iter().map(|spot| spot.place + 1).max().unwrap_or(0)
    }

    pub(super) fn has(&self, kind: &str) -> bool {
        self.spots.iter().any(|spot| spot.kind == kind)
    }
}
