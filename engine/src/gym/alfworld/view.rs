//! What there is to draw of a room.

use super::state::AlfworldState;
use super::world::Property;

/// A room with all that is in it, seen or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlfworldView {
    /// What is to be done, as the agent is told.
    pub goal: String,
    /// `<directory>/<trial>`.
    pub task_type: String,
    /// Furniture and appliances that can be reached, in the order in which the agent is told of them.
    pub receptacles: Vec<ReceptacleView>,
    /// What is in the hand.
    pub held: Option<ThingView>,
    /// Whether the goal is reached.
    pub won: bool,
}

/// Furniture or an appliance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceptacleView {
    /// `cabinet 4`
    pub name: String,
    /// `cabinet`
    pub kind: String,
    /// Whether the agent stands before it.
    pub here: bool,
    /// Whether it is open; none where it has no door.
    pub open: Option<bool>,
    /// What is in or on it.
    pub contents: Vec<ThingView>,
    /// X and z in centimetres, where they are known.
    pub position: Option<(i32, i32)>,
    /// The spot from which it is reached; receptacles with the same one are reached together.
    pub place: usize,
}

/// A thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThingView {
    /// `mug 2`
    pub name: String,
    /// `mug`
    pub kind: String,
    /// What was done to it: `clean`, `hot`, `cool`, `sliced`, `on`.
    pub marks: Vec<&'static str>,
    /// Whether the goal is about things of its class.
    pub wanted: bool,
}

/// Words for what was done to things.
const MARKS: [(Property, &str); 5] = [
    (Property::Clean, "clean"),
    (Property::Hot, "hot"),
    (Property::Cool, "cool"),
    (Property::Sliced, "sliced"),
    (Property::Toggled, "on"),
];

impl AlfworldView {
    pub(super) fn of(state: &AlfworldState) -> Self {
        let world = state.world();
        let receptacles = world.receptacles.iter().enumerate().filter_map(|(number, receptacle)| {
            Some(ReceptacleView {
                name: receptacle.name.clone(),
                kind: receptacle.kind.clone(),
                here: state.is_here(number),
                open: receptacle.openable.then(|| state.is_open(number)),
                contents: state.contents(number).map(|item| ThingView::of(state, item)).collect(),
                position: receptacle.position,
                place: receptacle.place?,
            })
        });
        Self {
            goal: world.sentence.clone(),
            task_type: world.task_type.clone(),
            receptacles: receptacles.collect(),
            held: state.held().map(|item| ThingView::of(state, item)),
            won: state.won(),
        }
    }
}

impl ThingView {
    fn of(state: &AlfworldState, item: usize) -> Self {
        let (fixed, properties) = (&state.world().items[item], state.thing(item).properties);
        let marks = MARKS.into_iter().filter(|(property, _)| properties.has(*property));
        Self {
            name: fixed.name.clone(),
            kind: fixed.kind.clone(),
            marks: marks.map(|(_, word)| word).collect(),
            wanted: fixed.kind == state.world().goal.thing,
        }
    }
}
