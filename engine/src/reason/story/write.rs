//! A plan in words.

use super::frames::frames;
use super::plan::{Event, MAX_CONTAINERS, MAX_PEOPLE, Plan, Unit};
use super::program::{Program, Step};
use super::rng::Rng;
use super::words::{CONTAINERS, LOOKS, NAMES, PLACES, THINGS};

/// The words that a story's people and things get.
struct Words<'r> {
    rng: &'r mut Rng,
    /// Those with counts first, then somebody else for each event.
    names: [&'static str; 40],
    things: [&'static str; 3],
    containers: [(&'static str, &'static str); MAX_CONTAINERS],
}

impl<'r> Words<'r> {
    fn draw(rng: &'r mut Rng) -> Self {
        let mut names = NAMES;
        rng.shuffle(&mut names);
        let mut things = THINGS;
        rng.shuffle(&mut things);
        let mut containers = CONTAINERS;
        rng.shuffle(&mut containers);
        Self {
            rng,
            names,
            things: std::array::from_fn(|i| things[i]),
            containers: std::array::from_fn(|i| containers[i]),
        }
    }

    fn unit(&self, unit: Unit) -> &'static str {
        match unit {
            Unit::Things => self.things[0],
            Unit::Others => self.things[1],
            Unit::Money => "dollars",
            Unit::Containers(container) => self.container(container).1,
        }
    }

    fn container(&self, container: u8) -> (&'static str, &'static str) {
        self.containers[usize::from(container) % MAX_CONTAINERS]
    }

    /// A frame with its slots filled; `index` tells the sentences of a story apart.
    fn fill(&mut self, frame: &str, event: &Event, index: usize, into: &mut String) {
        let person = |words: &Self, which: usize| words.names[usize::from(event.people[which])];
        let look = self.rng.below(LOOKS.len());
        let mut parts = frame.split('{');
        into.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let (slot, text) = part.split_once('}').unwrap_or_default();
            let word = match slot {
                "A" => person(self, 0),
                "B" => person(self, 1),
                "D" => person(self, 2),
                "C" => self.names[(MAX_PEOPLE + index) % self.names.len()],
                "x" => self.unit(event.units[0]),
                "y" => self.unit(event.units[1]),
                "z" => self.things[2],
                "g" => self.container(event.container).1,
                "h" => self.container(event.container).0,
                "p" => self.rng.one_of(&PLACES).copied().unwrap_or_default(),
                "c" => LOOKS[look],
                "d" => LOOKS[(look + 1) % LOOKS.len()],
                "f" => ["third", "quarter", "fifth"][(event.numbers[1] - 3).clamp(0, 2) as usize],
                "F" if event.first => " had at first",
                "H" => {
                    if event.first {
                        "had at first"
                    } else {
                        "has"
                    }
                }
                "n" => &event.numbers[0].to_string(),
                "m" => &event.numbers[1].to_string(),
                _ => "",
            };
            into.push_str(word);
            into.push_str(text);
        }
    }
}

/// The question and the program with its lines.
pub(super) fn write(plan: &Plan, rng: &mut Rng) -> (String, Program) {
    let mut words = Words::draw(rng);
    let mut question = String::with_capacity(48 * plan.events.len());
    for (index, event) in plan.events.iter().enumerate() {
        if index > 0 {
            question.push(' ');
        }
        let frame = words.rng.one_of(frames(event.kind)).copied().unwrap_or_default();
        words.fill(frame, event, index, &mut question);
    }
    let steps = plan.steps.iter().map(|step| {
        let [before, after] = [step.line.split("{e}").next(), step.line.split("{e}").nth(1)].map(|part| {
            let mut text = String::new();
            words.fill(part.unwrap_or_default(), &step.event, 0, &mut text);
            text
        });
        let [lhs, rhs] = step.operands;
        Step { op: step.op, lhs, rhs, value: step.value, before, after }
    });
    let steps = steps.collect();
    (question, Program { steps })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use crate::reason::story::frames::{FRAMES, Kind};

    #[test]
    fn there_are_at_least_200_frames_all_different_and_every_kind_has_some() {
        let all: Vec<&str> = FRAMES.iter().flat_map(|(_, frames)| frames.iter().copied()).collect();
        assert!(all.len() >= 200, "{}", all.len());
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
        assert_eq!(FRAMES.len(), Kind::AskNeed as usize + 1);
        assert!((0..).zip(FRAMES).all(|(place, (kind, frames))| *kind as usize == place && frames.len() >= 3));
    }

    #[test]
    fn no_first_word_gives_the_meaning_away() {
        for opening in ["{A}", "{C}", "Then"] {
            let kinds = FRAMES.iter().filter(|(_, frames)| frames.iter().any(|frame| frame.starts_with(opening)));
            assert!(kinds.count() >= 10, "{opening}");
        }
        for word in [" gives ", " more ", " gets ", " each", " sells ", " buys ", " as many "] {
            let kinds = FRAMES.iter().filter(|(_, frames)| frames.iter().any(|frame| frame.contains(word)));
            assert!(kinds.count() >= 5, "{word}");
        }
    }
}
