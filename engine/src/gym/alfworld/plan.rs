//! A planner that sees where everything is. It plans no slicing, which none of ALFWorld's games asks for.

use super::goal::Aim;
use super::state::{AlfworldState, Command, Treatment};
use super::world::Property;

impl AlfworldState {
    /// What to do next; none when the goal is reached or no way there is known.
    pub(super) fn plan(&self) -> Option<Command> {
        let goal = &self.world.goal;
        if goal.is_reached(self) {
            return None;
        }
        if goal.is_done_but_for_doors(self) {
            let open = (0..self.opened.len()).find(|number| self.opened[*number])?;
            return self.at(open, Command::Close(open));
        }
        let goes = |item: usize| self.world.items[item].kind == goal.thing;
        match (&goal.aim, self.held) {
            (Aim::Light { lamp }, Some(held)) if goes(held) => self.plan_light(lamp),
            (Aim::Light { .. }, None) => self.fetch(None),
            (Aim::Place { receptacle, .. }, Some(held)) if goes(held) && self.can_become_fit(held) => {
                self.treat(held).or_else(|| self.deliver(held, self.target(receptacle)?))
            }
            (Aim::Place { receptacle, .. }, None) => self.fetch(Some(self.target(receptacle)?)),
            (_, Some(other)) => self.lay_down(other),
        }
    }

    /// A command at a receptacle, after going there.
    fn at(&self, receptacle: usize, command: Command) -> Option<Command> {
        self.world.receptacles[receptacle].place?;
        Some(if self.is_here(receptacle) { command } else { Command::Go(receptacle) })
    }

    /// A command with a hand in a receptacle, after going there and opening it.
    fn within(&self, receptacle: usize, command: Command) -> Option<Command> {
        let open = self.is_accessible(receptacle);
        self.at(receptacle, if open { command } else { Command::Open(receptacle) })
    }

    /// Receptacles of a class that can be reached.
    fn reachable<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = usize> + 'a {
        let receptacles = self.world.receptacles.iter().enumerate();
        receptacles.filter(move |(_, one)| one.kind == kind && one.place.is_some()).map(|(number, _)| number)
    }

    /// Where things are to go: where most of them are already.
    fn target(&self, kind: &str) -> Option<usize> {
        let fits = |number: &usize| self.world.goal.lying(self, *number).count();
        self.reachable(kind).max_by_key(|number| (fits(number), usize::MAX - number))
    }

    /// Whether the properties that a thing must have and that nothing gives it are there.
    fn can_become_fit(&self, item: usize) -> bool {
        let has = |property| self.things[item].properties.has(property);
        self.world.goal.needs().iter().all(|need| {
            let treated = Treatment::ALL.into_iter().find(|treatment| treatment.rule().2 == *need);
            has(*need) || treated.is_some_and(|treatment| has(treatment.rule().1))
        })
    }

    /// The treatment that the held thing still needs.
    fn treat(&self, held: usize) -> Option<Command> {
        let needs = self.world.goal.needs().iter().filter(|need| !self.things[held].properties.has(**need));
        let treatments = needs.filter_map(|need| Treatment::ALL.into_iter().find(|one| one.rule().2 == *need));
        let (treatment, appliance) = treatments
            .filter_map(|one| Some((one, self.reachable(one.rule().0).min_by_key(|number| !self.is_here(*number))?)))
            .next()?;
        self.at(appliance, Command::Treat(treatment, held, appliance))
    }

    fn deliver(&self, held: usize, target: usize) -> Option<Command> {
        self.world.takes(target, held).then(|| self.within(target, Command::Put(held, target)))?
    }

    /// Goes to the lamp and turns it on.
    fn plan_light(&self, lamp: &str) -> Option<Command> {
        let lamps = self
            .things
            .iter()
            .zip(&self.world.items)
            .enumerate()
            .filter(|(_, (thing, item))| item.kind == *lamp && thing.properties.has(Property::Toggleable));
        let stands = lamps.flat_map(|(number, (thing, _))| thing.inside.iter().map(move |stand| (number, *stand)));
        let reachable = stands.filter(|(_, stand)| self.world.receptacles[*stand].place.is_some());
        let (lamp, stand) = reachable.min_by_key(|(_, stand)| !self.is_here(*stand))?;
        self.at(stand, Command::Use(lamp))
    }

    /// Takes one of the things that the goal is about, unless it lies as it shall where it shall: one that is near and
    /// not behind a door rather than another.
    fn fetch(&self, target: Option<usize>) -> Option<Command> {
        let goal = &self.world.goal;
        let settled = |item: usize| target.is_some_and(|target| goal.lying(self, target).any(|other| other == item));
        let wanted = self.things.iter().enumerate().filter(|(number, thing)| {
            let right = self.world.items[*number].kind == goal.thing && thing.properties.has(Property::Pickupable);
            right && self.can_become_fit(*number) && !settled(*number)
        });
        let places = wanted.flat_map(|(number, thing)| thing.inside.iter().map(move |from| (number, *from)));
        let reachable = places.filter(|(_, from)| self.world.receptacles[*from].place.is_some());
        let effort = |from: usize| (!self.is_here(from), !self.is_accessible(from));
        let (item, from) = reachable.min_by_key(|(number, from)| (effort(*from), *number))?;
        self.within(from, Command::Take(item, from))
    }

    /// Frees the hand.
    fn lay_down(&self, held: usize) -> Option<Command> {
        let receptacles = 0..self.world.receptacles.len();
        let taking = receptacles
            .filter(|number| self.world.receptacles[*number].place.is_some() && self.world.takes(*number, held));
        let effort = |number: &usize| (!self.is_here(*number), !self.is_accessible(*number));
        let into = taking.min_by_key(effort)?;
        self.within(into, Command::Put(held, into))
    }
}
