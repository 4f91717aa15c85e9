//! Reads a game of the original, `game.tw-pddl`: JSON with a problem in PDDL and a grammar with the sentence of the task.
//! Domain and grammar are alfworld 0.3.3's, whatever the file has.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use thiserror::Error;

use super::goal::{Aim, Goal};
use super::pddl::{self, Expression};
use super::state::AlfworldState;
use super::world::{Draft, Property, ReceptacleDraft, ThingDraft};

/// Bytes of a game file that are read; the original's have about 100,000.
const MOST_BYTES: usize = 16 << 20;

/// Receptacles and things of a game; the original's have fewer than a hundred of each.
const MOST_ENTITIES: usize = 2_000;

/// What stands before the task's sentence in the grammar.
const SENTENCE: &str = "Your task is to: ";

/// A game file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GameError {
    /// It is too long.
    #[error("a game file of {bytes} bytes; at most {MOST_BYTES} are read")]
    Size {
        /// How long it is.
        bytes: usize,
    },
    /// It is not what the original's are.
    #[error("a game file is JSON with pddl_problem and grammar: {found}")]
    Form {
        /// What is wrong.
        found: String,
    },
    /// Its problem is not ALFWorld's.
    #[error("the game's PDDL problem: {what}")]
    Problem {
        /// What is wrong.
        what: String,
    },
    /// Its goal is none of the six kinds.
    #[error("the game's goal is none of ALFWorld's: {what}")]
    Goal {
        /// What is wrong.
        what: String,
    },
}

fn problem(what: impl Into<String>) -> GameError {
    GameError::Problem { what: what.into() }
}

/// The first state of a game file of the original, `$ALFWORLD_DATA/json_2.1.1/<split>/<task_type>/game.tw-pddl`.
///
/// # Errors
/// [`GameError`] saying what is wrong with the file.
pub fn read_game(bytes: &[u8], task_type: &str) -> Result<AlfworldState, GameError> {
    if bytes.len() > MOST_BYTES {
        return Err(GameError::Size { bytes: bytes.len() });
    }
    let file: Value = serde_json::from_slice(bytes).map_err(|error| GameError::Form { found: error.to_string() })?;
    let part = |name: &str| file[name].as_str().ok_or_else(|| GameError::Form { found: format!("no text {name}") });
    let sentence = sentence(part("grammar")?).unwrap_or_else(|| "UNKNOWN GOAL.".to_owned());
    let parsed = pddl::parse(part("pddl_problem")?)?;
    let section = |name: &str| {
        let lists = parsed.list().unwrap_or_default().iter().filter_map(Expression::headed);
        lists
            .filter(|(head, _)| *head == name)
            .map(|(_, rest)| rest)
            .next()
            .ok_or_else(|| problem(format!("no {name}")))
    };
    let draft = draft(section(":init")?)?;
    Ok(draft.begin(goal(section(":goal")?)?, sentence, task_type.to_owned()))
}

/// The task's sentence from a grammar, which writes it as a string of JSON.
fn sentence(grammar: &str) -> Option<String> {
    let from = &grammar[grammar.find(SENTENCE)?..];
    let mut escaped = false;
    let end = from.find(|character| {
        let ends = character == '"' && !escaped;
        escaped = character == '\\' && !escaped;
        ends
    })?;
    let text: String = serde_json::from_str(&format!("\"{}\"", &from[..end])).ok()?;
    Some(text[SENTENCE.len()..].to_owned())
}

/// Facts of the beginning while they are read.
#[derive(Default)]
struct Reading {
    draft: Draft,
    places: BTreeMap<String, usize>,
    start: Option<usize>,
}

fn draft(facts: &[Expression]) -> Result<Draft, GameError> {
    let mut reading = Reading::default();
    for fact in facts {
        // Costs are lists with lists in them, and count nothing here.
        if let Some(words) = fact.words() {
            reading.take(&words)?;
        }
    }
    let Reading { mut draft, start, .. } = reading;
    if draft.receptacles.len() + draft.things.len() > MOST_ENTITIES {
        return Err(problem(format!("more than {MOST_ENTITIES} receptacles and things")));
    }
    draft.place = start.ok_or_else(|| problem("it does not say where the agent is"))?;
    Ok(draft)
}

impl Reading {
    fn place(&mut self, id: &str) -> usize {
        let next = self.places.len();
        *self.places.entry(id.to_owned()).or_insert(next)
    }

    fn receptacle(&mut self, id: &str) -> &mut ReceptacleDraft {
        self.draft.receptacles.entry(id.to_owned()).or_default()
    }

    fn thing(&mut self, id: &str) -> &mut ThingDraft {
        self.draft.things.entry(id.to_owned()).or_default()
    }

    /// Takes a fact in; those that no command depends on are passed over.
    fn take(&mut self, words: &[&str]) -> Result<(), GameError> {
        match *words {
            ["atlocation", _, at] => self.start = Some(self.place(at)),
            ["receptacleatlocation", id, at] => {
                let at = self.place(at);
                if self.receptacle(id).place.replace(at).is_some_and(|before| before != at) {
                    return Err(problem(format!("{id} is at two places")));
                }
            }
            ["receptacletype", id, kind] => self.receptacle(id).kind = class(kind),
            ["openable", id] => self.receptacle(id).openable = true,
            ["opened", id] => self.receptacle(id).opened = true,
            ["objecttype", id, kind] => self.thing(id).kind = class(kind),
            ["objectatlocation", id, at] => {
                let at = self.place(at);
                self.thing(id).near.push(at);
            }
            ["inreceptacle", id, within] => {
                self.receptacle(within);
                self.thing(id).inside.push(within.to_owned());
            }
            ["inreceptacleobject", id, within] => {
                self.thing(id);
                self.thing(within).holds.push(id.to_owned());
            }
            ["cancontain", receptacle, thing] => {
                self.draft.accepts.insert((class(receptacle), class(thing)));
            }
            ["holds", _, id] => {
                self.thing(id);
                if self.draft.held.replace(id.to_owned()).is_some_and(|before| before != id) {
                    return Err(problem("the agent holds two things"));
                }
            }
            [predicate, id] => {
                if let Some(property) = Property::of_predicate(predicate) {
                    let thing = self.thing(id);
                    thing.properties = thing.properties.with(property);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// `mug` for `mugtype`.
fn class(kind: &str) -> String {
    kind.strip_suffix("type").unwrap_or(kind).to_owned()
}

/// What a goal says of its variables.
#[derive(Default)]
struct Wishes<'a> {
    kinds: BTreeMap<&'a str, &'a str>,
    inside: Vec<(&'a str, &'a str)>, // thing, receptacle
    held: Vec<&'a str>,
    properties: BTreeSet<(Property, &'a str)>,
    distinct: bool,
    shut: bool,
}

fn goal(expressions: &[Expression]) -> Result<Goal, GameError> {
    let mut wishes = Wishes::default();
    for expression in expressions {
        wishes.take(expression)?;
    }
    let wrong = |what: &str| GameError::Goal { what: what.to_owned() };
    let kind = |variable: &str| {
        let kind = wishes.kinds.get(variable).copied().map(class);
        kind.ok_or_else(|| wrong(&format!("{variable} is of no class")))
    };
    let lamp = wishes.properties.iter().find(|(property, _)| *property == Property::Toggled);
    if let (Some((_, lamp)), [held]) = (lamp, &wishes.held[..]) {
        return Ok(Goal { thing: kind(held)?, aim: Aim::Light { lamp: kind(lamp)? }, shut: wishes.shut });
    }
    let Some((first, receptacle)) = wishes.inside.first().copied() else {
        return Err(wrong("nothing is to be put anywhere, and no lamp turned on"));
    };
    let things: BTreeSet<&str> = wishes.inside.iter().map(|(thing, _)| *thing).collect();
    let one_kind = things.iter().map(|thing| kind(thing)).collect::<Result<BTreeSet<_>, _>>()?.len() == 1;
    let one_place = wishes.inside.iter().all(|(_, other)| *other == receptacle);
    if !(one_kind && one_place && things.len() == if wishes.distinct { 2 } else { 1 }) {
        return Err(wrong("more is to be put somewhere than one or two things of a class"));
    }
    let needs = wishes.properties.iter().filter(|(_, thing)| *thing == first).map(|(property, _)| *property);
    let aim = Aim::Place { receptacle: kind(receptacle)?, count: things.len(), needs: needs.collect() };
    Ok(Goal { thing: kind(first)?, aim, shut: wishes.shut })
}

impl<'a> Wishes<'a> {
    /// Takes a condition in. Its depth is bounded by the parser.
    fn take(&mut self, expression: &'a Expression) -> Result<(), GameError> {
        let wrong = |what: &str| GameError::Goal { what: what.to_owned() };
        let (head, rest) = expression.headed().ok_or_else(|| wrong("a condition without a name"))?;
        match (head, rest) {
            ("and", _) => return rest.iter().try_for_each(|condition| self.take(condition)),
            ("exists", [_, condition]) => return self.take(condition),
            ("not", [condition]) if condition.headed().is_some_and(|(head, _)| head == "=") => self.distinct = true,
            ("forall", [_, condition]) => match condition.headed() {
                Some(("not", [opened])) if opened.headed().is_some_and(|(head, _)| head == "opened") => {
                    self.shut = true
                }
                _ => return Err(wrong("a condition for all that is not about doors")),
            },
            _ => {
                let words: Option<Vec<&str>> = rest.iter().map(Expression::word).collect();
                let known = match (head, words.as_deref()) {
                    ("objecttype" | "receptacletype", Some([variable, kind])) => {
                        self.kinds.insert(variable, kind).is_none_or(|before| before == *kind)
                    }
                    ("inreceptacle", Some([thing, receptacle])) => {
                        self.inside.push((thing, receptacle));
                        true
                    }
                    ("holds", Some([_, thing])) => {
                        self.held.push(thing);
                        true
                    }
                    ("receptacleatlocation" | "atlocation", Some([_, _])) => true,
                    (_, Some([variable])) => {
                        let property = Property::of_predicate(head);
                        self.properties.extend(property.map(|property| (property, *variable)));
                        property.is_some()
                    }
                    _ => false,
                };
                if !known {
                    return Err(wrong(&format!("the condition {head}")));
                }
            }
        }
        Ok(())
    }
}
