//! What a kind of task is drawn from, and the route through the tools.

use super::super::account::{Account, Item, Project};
use super::super::tools::Setting;
use crate::gym::PythonRandom;
use crate::gym::python::Value;
use crate::gym::tool::{Call, Day};

/// A goal, a route, and the answer if one is asked for.
pub(super) struct Draft {
    pub(super) goal: String,
    pub(super) route: Vec<Call>,
    pub(super) answer: Option<Value>,
}

/// A kind of task; none where the draw does not make a good one.
pub(super) type Kind = fn(&mut World<'_>) -> Option<Draft>;

/// An account, and chance.
pub(super) struct World<'a> {
    pub(super) account: &'a Account,
    pub(super) setting: &'a Setting,
    pub(super) random: PythonRandom,
}

impl<'a> World<'a> {
    pub(super) fn project(&mut self) -> Option<&'a Project> {
        self.random.choice(&self.account.projects)
    }

    /// Two different projects.
    pub(super) fn two_projects(&mut self) -> Option<(&'a Project, &'a Project)> {
        let (one, other) = (self.project()?, self.project()?);
        (one.id != other.id).then_some((one, other))
    }

    /// A project, and an item of it.
    pub(super) fn item(&mut self) -> Option<(&'a Project, &'a Item)> {
        let project = self.project()?;
        Some((project, self.random.choice(&project.items)?))
    }

    /// A project, and an item that is still open.
    pub(super) fn open_item(&mut self) -> Option<(&'a Project, &'a Item)> {
        self.item().filter(|(_, item)| !item.is_completed)
    }

    pub(super) fn today(&self) -> Day {
        Day::parse(&self.setting.current_date).expect("invariant: made accounts have a day")
    }

    /// One of the phrases, filled.
    pub(super) fn say(&mut self, phrases: &[&str], words: &[(&str, &str)]) -> String {
        let phrase = self.random.choice(phrases).copied().unwrap_or_default();
        words.iter().fold(phrase.to_owned(), |text, (slot, word)| text.replace(&format!("{{{slot}}}"), word))
    }
}

/// The day that an item is due.
pub(super) fn due(item: &Item) -> Option<Day> {
    item.due_date.as_deref().and_then(Day::parse)
}

pub(super) fn minutes(item: &Item) -> i64 {
    item.duration.as_ref().map_or(0, |duration| duration.amount)
}

/// The one for which a key is largest, where it is alone in that.
pub(super) fn only_max<T, K: Ord>(items: impl IntoIterator<Item = T>, key: impl Fn(&T) -> K) -> Option<T> {
    let mut items: Vec<T> = items.into_iter().collect();
    items.sort_by_key(&key);
    let last = items.pop()?;
    items.last().is_none_or(|before| key(before) < key(&last)).then_some(last)
}

/// The names of items, where there are any.
pub(super) fn contents<'a>(items: impl IntoIterator<Item = &'a Item>) -> Option<Value> {
    let names: Vec<&str> = items.into_iter().map(|item| item.content.as_str()).collect();
    (!names.is_empty()).then(|| names.into_iter().collect())
}

/// Calls in the order in which they are made.
#[derive(Default)]
pub(super) struct Route(pub(super) Vec<Call>);

impl Route {
    /// It begins with the list of projects, without which no id is known.
    pub(super) fn new() -> Self {
        Self::default().then("get_projects", [])
    }

    /// To the items of a project.
    pub(super) fn into_project(project: &Project) -> Self {
        Self::new().items(project)
    }

    fn then<const N: usize>(mut self, name: &str, arguments: [(&str, Value); N]) -> Self {
        self.0.push(Call::new(name, arguments));
        self
    }

    fn of_item(self, name: &str, item: &Item) -> Self {
        self.then(name, [("task_id", item.id.as_str().into())])
    }

    pub(super) fn items(self, project: &Project) -> Self {
        self.then("get_tasks", [("project_id", project.id.as_str().into())])
    }

    /// The items of several projects.
    pub(super) fn items_of<'a>(self, projects: impl IntoIterator<Item = &'a Project>) -> Self {
        projects.into_iter().fold(self, Self::items)
    }

    pub(super) fn today(self) -> Self {
        self.then("get_user_current_date", [])
    }

    pub(super) fn here(self) -> Self {
        self.then("get_user_current_location", [])
    }

    pub(super) fn descriptions<'a>(self, items: impl IntoIterator<Item = &'a Item>) -> Self {
        items.into_iter().fold(self, |route, item| route.of_item("get_task_description", item))
    }

    pub(super) fn durations<'a>(self, items: impl IntoIterator<Item = &'a Item>) -> Self {
        items.into_iter().fold(self, |route, item| route.of_item("get_task_duration", item))
    }

    pub(super) fn complete<'a>(self, items: impl IntoIterator<Item = &'a Item>) -> Self {
        items.into_iter().fold(self, |route, item| route.of_item("complete_task", item))
    }

    pub(super) fn delete<'a>(self, items: impl IntoIterator<Item = &'a Item>) -> Self {
        items.into_iter().fold(self, |route, item| route.of_item("delete_task", item))
    }

    pub(super) fn set_due<'a>(self, items: impl IntoIterator<Item = &'a Item>, day: Day) -> Self {
        let day = || day.to_string().into();
        items.into_iter().fold(self, |route, item| {
            route.then("update_task", [("task_id", item.id.as_str().into()), ("due_date", day())])
        })
    }

    pub(super) fn set_favorite<'a>(self, projects: impl IntoIterator<Item = &'a Project>, is_favorite: bool) -> Self {
        projects.into_iter().fold(self, |route, project| {
            let id = project.id.as_str().into();
            route.then("update_project", [("project_id", id), ("is_favorite", is_favorite.into())])
        })
    }

    /// A task that only changes.
    pub(super) fn change(self, goal: String) -> Option<Draft> {
        Some(Draft { goal, route: self.0, answer: None })
    }

    /// A task that asks.
    pub(super) fn ask(self, goal: String, answer: impl Into<Value>) -> Option<Draft> {
        Some(Draft { goal, route: self.0, answer: Some(answer.into()) })
    }
}
