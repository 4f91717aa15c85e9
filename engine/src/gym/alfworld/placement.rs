//! Puts things into a room. The original's initial states are not public; ours follow from the room and the trial, keep
//! to what may go where, and have what the goal needs.

use super::goal::TaskKind;
use super::scene::{FACTS, Scene, Spot};
use super::state::AlfworldState;
use super::tasks::Task;
use super::world::{Draft, Properties, Property, ReceptacleDraft, ThingDraft, mangle};
use crate::gym::PythonRandom;

/// Classes of receptacles that hold one thing.
const NARROW: [&str; 6] =
    ["CoffeeMachine", "HandTowelHolder", "StoveBurner", "Toaster", "ToiletPaperHanger", "TowelHolder"];

/// Where a desk lamp stands, if the room has such.
const LAMP_STANDS: [&str; 7] = ["Desk", "SideTable", "Dresser", "Shelf", "CoffeeTable", "DiningTable", "CounterTop"];

/// Classes of things that the original counts as vessels.
const VESSELS: [&str; 7] = ["Bowl", "Box", "Cup", "Mug", "Pan", "Plate", "Pot"];

/// The lamp that stands in receptacles. Floor lamps stand in none, so nobody can turn them on.
const LAMP: &str = "DeskLamp";

/// How many of a class there are, drawn from these.
const COUNTS: [usize; 6] = [1, 1, 1, 2, 2, 3];

/// All tasks of a kind that can be done in a room, and make sense there: nothing is taken back to where it was treated,
/// and no two things go where one fits.
pub(super) fn feasible(scene: &Scene, kind: TaskKind) -> Vec<Task> {
    let mut targets: Vec<&str> = match kind {
        TaskKind::Light if scene.things.contains(&LAMP) => vec![LAMP],
        TaskKind::Light => Vec::new(),
        _ => scene.spots.iter().map(|spot| spot.kind).collect(),
    };
    targets.dedup();
    targets.retain(|target| kind.appliance().is_none_or(|(appliance, _)| appliance != *target));
    targets.retain(|target| kind != TaskKind::Two || !NARROW.contains(target));
    let task = |thing: &str, target: &str| {
        let (thing, target, trial) = (thing.to_owned(), target.to_owned(), String::new());
        Task { kind, thing, target, scene: scene.number, trial }
    };
    let pairs = targets.iter().flat_map(|target| scene.things.iter().map(move |thing| task(thing, target)));
    pairs.filter(|task| obstacle(scene, task).is_none()).collect()
}

/// Why a task cannot be done in a room, whatever is put where.
fn obstacle(scene: &Scene, task: &Task) -> Option<String> {
    let Task { kind, thing, target, .. } = task;
    if let Some((appliance, property)) = kind.appliance() {
        if !scene.has(appliance) {
            return Some(format!("there is no {appliance} in room {}", scene.number));
        }
        if !properties(thing).has(property) {
            return Some(format!("a {thing} cannot be treated at a {appliance}"));
        }
    }
    if *kind == TaskKind::Light {
        if target != LAMP {
            return Some(format!("a {target} stands in no receptacle"));
        }
        if stands(scene).is_empty() {
            return Some(format!("there is nothing to put a {LAMP} on in room {}", scene.number));
        }
    } else if !scene.has(target) {
        return Some(format!("there is no {target} in room {}", scene.number));
    } else if !FACTS.accepts(target, thing) {
        return Some(format!("a {thing} cannot be put in a {target}"));
    }
    let mut homes = scene.spots.iter().filter(|spot| fits(spot, thing, Some(target))).enumerate();
    let enough = homes.any(|(at, spot)| at + 1 >= kind.count() || !NARROW.contains(&spot.kind));
    (!enough).then(|| format!("there is nowhere else for {} {thing} in room {}", kind.count(), scene.number))
}

/// Whether a thing may be there in the beginning: not where it is to go.
fn fits(spot: &Spot, thing: &str, target: Option<&str>) -> bool {
    target != Some(spot.kind) && FACTS.accepts(spot.kind, thing)
}

/// Numbers of receptacles in which a thing may be in the beginning.
fn hosts(scene: &Scene, thing: &str, target: Option<&str>) -> Vec<usize> {
    (0..scene.spots.len()).filter(|number| fits(&scene.spots[*number], thing, target)).collect()
}

/// Numbers of receptacles on which a lamp can stand.
fn stands(scene: &Scene) -> Vec<usize> {
    (0..scene.spots.len()).filter(|number| LAMP_STANDS.contains(&scene.spots[*number].kind)).collect()
}

fn properties(thing: &str) -> Properties {
    let lists = [
        (&FACTS.clean, Property::Cleanable),
        (&FACTS.heat, Property::Heatable),
        (&FACTS.cool, Property::Coolable),
        (&FACTS.slice, Property::Sliceable),
    ];
    let listed = lists.into_iter().filter(|(things, _)| things.contains(&thing)).map(|(_, property)| property);
    let vessel = VESSELS.contains(&thing).then_some(Property::Vessel);
    let loose = if thing == LAMP { Property::Toggleable } else { Property::Pickupable };
    listed.chain(vessel).chain([loose]).collect()
}

/// The first state of a task.
///
/// # Errors
/// Why it cannot be done.
pub(super) fn begin(task: &Task) -> Result<AlfworldState, String> {
    let scene = FACTS.scene(task.scene).ok_or_else(|| format!("there is no room {}", task.scene))?;
    if let Some(obstacle) = obstacle(scene, task) {
        return Err(obstacle);
    }
    let mut random = PythonRandom::new(seed(task));
    let mut room = Room::new(scene);
    if scene.things.contains(&LAMP) || task.kind == TaskKind::Light {
        room.put(LAMP, &stands(scene), &mut random);
    }
    let listed = scene.things.iter().copied().filter(|thing| *thing != LAMP && *thing != task.thing);
    // What the task is about is put first, while there is room for it.
    for thing in std::iter::once(task.thing.as_str()).chain(listed) {
        let own = thing == task.thing;
        let target = Some(task.target.as_str()).filter(|_| own);
        let drawn = COUNTS[random.below(COUNTS.len())];
        for _ in 0..if own { drawn.max(task.kind.count()) } else { drawn } {
            room.put(thing, &hosts(scene, thing, target), &mut random);
        }
    }
    let (thing, target) = (task.thing.to_lowercase(), task.target.to_lowercase());
    let [one, other] = task.kind.sentences(&thing, &target);
    let sentence = if random.below(2) == 0 { one } else { other };
    Ok(room.draft.begin(task.kind.goal(&thing, &target), sentence, task.task_type()))
}

/// FNV-1a of room and trial.
fn seed(task: &Task) -> u64 {
    let text = format!("{}/{}", task.scene, task.trial);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A room that is being filled.
struct Room<'a> {
    scene: &'a Scene,
    ids: Vec<String>,   // by spot
    filled: Vec<usize>, // by spot
    draft: Draft,
}

impl<'a> Room<'a> {
    fn new(scene: &'a Scene) -> Self {
        let ids: Vec<String> = scene.spots.iter().enumerate().map(|(number, spot)| id(number, spot)).collect();
        let receptacles = scene.spots.iter().zip(&ids).map(|(spot, id)| {
            let receptacle = ReceptacleDraft {
                kind: spot.kind.to_lowercase(),
                place: Some(spot.place),
                openable: FACTS.open.contains(&spot.kind),
                opened: false,
                position: spot.coordinates.and_then(position),
            };
            (id.clone(), receptacle)
        });
        let pairs = FACTS.contains.iter().flat_map(|(kind, things)| things.iter().map(move |thing| (kind, thing)));
        let accepts = pairs.filter(|(kind, _)| scene.has(kind));
        let draft = Draft {
            receptacles: receptacles.collect(),
            accepts: accepts.map(|(kind, thing)| (kind.to_lowercase(), thing.to_lowercase())).collect(),
            place: scene.places(),
            ..Draft::default()
        };
        Self { scene, filled: vec![0; ids.len()], ids, draft }
    }

    /// Puts one more of a class into one of the receptacles, open ones rather than those with doors; none where all that
    /// hold one thing have it and there are no others.
    fn put(&mut self, thing: &str, hosts: &[usize], random: &mut PythonRandom) {
        let spot = |number: usize| &self.scene.spots[number];
        let has_space = |number: &usize| self.filled[*number] == 0 || !NARROW.contains(&spot(*number).kind);
        let hosts: Vec<usize> = hosts.iter().copied().filter(has_space).collect();
        let mut kinds: Vec<&str> = hosts.iter().map(|number| spot(*number).kind).collect();
        kinds.dedup();
        let weight = |kind: &&str| if FACTS.open.contains(kind) { 1 } else { 2 };
        let lots: Vec<&str> = kinds.iter().flat_map(|kind| std::iter::repeat_n(*kind, weight(kind))).collect();
        let Some(kind) = random.choice(&lots) else { return };
        let hosts: Vec<usize> = hosts.into_iter().filter(|number| spot(*number).kind == *kind).collect();
        let Some(host) = random.choice(&hosts).copied() else { return };
        let name = thing.to_lowercase();
        let same = self.draft.things.values().filter(|other| other.kind == name).count();
        let draft = ThingDraft {
            properties: properties(thing),
            inside: vec![self.ids[host].clone()],
            near: vec![self.scene.spots[host].place],
            holds: Vec::new(),
            kind: name,
        };
        self.draft.things.insert(mangle(&format!("{thing}|{same}")), draft);
        self.filled[host] += 1;
    }
}

/// The id of a receptacle: the simulator's own where its coordinates are known.
fn id(number: usize, spot: &Spot) -> String {
    let rest = spot.coordinates.map_or_else(|| format!("{number:03}"), str::to_owned);
    mangle(&match spot.kind {
        "SinkBasin" => format!("Sink|{rest}|SinkBasin"),
        "BathtubBasin" => format!("Bathtub|{rest}|BathtubBasin"),
        kind => format!("{kind}|{rest}"),
    })
}

/// X and z of `+01.50|+00.90|-02.37` in centimetres.
fn position(coordinates: &str) -> Option<(i32, i32)> {
    let centimetres = |text: &str| text.replace('.', "").parse().ok();
    let mut axes = coordinates.split('|').map(centimetres);
    let (x, _, z) = (axes.next()??, axes.next()??, axes.next()??);
    Some((x, z))
}
