//! What AgentGym's server says of what the agent sees: a line of text, without the map.

use super::object::{Cell, DoorState, Item, Point};
use super::world::{EYE, Image, VIEW, World};

/// Something that the agent sees and can be spoken of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sight {
    /// Its place in the square that the agent sees.
    pub(super) place: Point,
    pub(super) cell: Cell,
    /// What it is called: things of one kind and colour are numbered from the nearest.
    pub(super) name: String,
}

fn places() -> impl Iterator<Item = Point> {
    (0..VIEW).flat_map(|y| (0..VIEW).map(move |x| Point::new(x, y))).filter(|place| *place != EYE)
}

/// Everything that can be spoken of, the nearest first.
pub(super) fn sights(image: &Image) -> Vec<Sight> {
    let cells = places().filter_map(|place| Some((place, image.get(place)?)));
    let mut found: Vec<(Point, Cell, String)> = cells
        .filter_map(|(place, cell)| {
            let name = match cell {
                Cell::Door(colour, state) => format!("{} {} door", colour.name(), state.name()),
                Cell::Item(item, colour) => format!("{} {}", colour.name(), item.name()),
                Cell::Unseen | Cell::Empty | Cell::Wall => return None,
            };
            Some((place, cell, name))
        })
        .collect();
    found.sort_by_key(|(place, ..)| place.distance(EYE));
    let number = |i: usize| found[..=i].iter().filter(|(.., name)| *name == found[i].2).count();
    let numbers: Vec<usize> = (0..found.len()).map(number).collect();
    let named = found.into_iter().zip(numbers);
    named.map(|((place, cell, name), number)| Sight { place, cell, name: format!("{name} {number}") }).collect()
}

/// The nearest wall or box straight ahead, and the steps to it. What is in between does not hide it.
pub(super) fn barrier(image: &Image) -> Option<(&'static str, i32)> {
    (1..VIEW).find_map(|steps| match image.get(EYE - Point::new(0, steps))? {
        Cell::Wall => Some(("wall", steps)),
        Cell::Item(Item::Box, _) => Some(("box", steps)),
        _ => None,
    })
}

fn one(sight: &Sight) -> String {
    let (ahead, aside) = (EYE.y - sight.place.y, sight.place.x - EYE.x);
    let name = &sight.name;
    match aside {
        0 => format!("There is a {name} right in front of you {ahead} steps away.  "),
        1.. => format!("There is a {name} {ahead} steps in front of you and {aside} steps to your right.  "),
        _ => format!("There is a {name} {ahead} steps in front of you and {} steps to your left.  ", -aside),
    }
}

/// What the agent sees, as the last look showed it, and what it carries.
pub(super) fn describe(image: &Image, world: &World) -> String {
    let is_blank = |cell: Option<Cell>| matches!(cell, Some(Cell::Unseen | Cell::Empty));
    let mut text = match places().all(|place| is_blank(image.get(place))) && world.carrying.is_none() {
        true => "You cannot see any objects within sight.".to_owned(),
        false => "In front of you in this room, you can see several objects: ".to_owned(),
    };
    text.extend(sights(image).iter().map(one));
    text.push_str("The room has walls around you. ");
    if let Some((what, steps)) = barrier(image) {
        text.push_str(&format!("You are facing a {what} {steps} steps away. "));
    }
    match world.carrying.map(|id| world.thing(id)) {
        Some(thing) => text.push_str(&format!("You are carrying a {} {}.", thing.colour.name(), thing.kind().name())),
        None => text.push_str("You are not carrying anything."),
    }
    text
}

/// Whether a door has to be toggled to go through it.
pub(super) fn is_shut(cell: Cell) -> bool {
    matches!(cell, Cell::Door(_, DoorState::Closed | DoorState::Locked))
}
