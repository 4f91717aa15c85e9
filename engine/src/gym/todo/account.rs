//! An account: projects, and items that are to be done in them.

use crate::gym::python::Value;

/// What somebody has to do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Account {
    /// In their order.
    pub projects: Vec<Project>,
}

/// A project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// As the tools want it.
    pub id: String,
    /// Its place, from 1.
    pub order: i64,
    /// `charcoal` where nobody chose one.
    pub color: String,
    /// Its name.
    pub name: String,
    /// Whether it is a favourite.
    pub is_favorite: bool,
    /// In their order.
    pub items: Vec<Item>,
}

/// Something to do; the original calls it a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// As the tools want it.
    pub id: String,
    /// Its place within the project, from 1.
    pub order: i64,
    /// What is to be done.
    pub content: String,
    /// More about it.
    pub description: String,
    /// Whether it was done.
    pub is_completed: bool,
    /// From 1 to 4, the most urgent.
    pub priority: i64,
    /// `2024-02-29`.
    pub due_date: Option<String>,
    /// How long it takes, as the tool shows it: `60(minute)`.
    pub duration: Option<Duration>,
}

/// How long something takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duration {
    /// How many.
    pub amount: i64,
    /// Of what: `minute` or `day`.
    pub unit: String,
}

impl Account {
    /// The project of this id.
    #[must_use]
    pub fn project(&self, id: &str) -> Option<&Project> {
        self.projects.iter().find(|project| project.id == id)
    }

    /// The item of this id.
    #[must_use]
    pub fn item(&self, id: &str) -> Option<&Item> {
        self.items().find(|item| item.id == id)
    }

    /// All items, project after project.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.projects.iter().flat_map(|project| &project.items)
    }

    pub(super) fn project_mut(&mut self, id: &str) -> Option<&mut Project> {
        self.projects.iter_mut().find(|project| project.id == id)
    }

    pub(super) fn item_mut(&mut self, id: &str) -> Option<&mut Item> {
        self.projects.iter_mut().flat_map(|project| &mut project.items).find(|item| item.id == id)
    }

    /// Takes an item out; the others keep their order's numbers.
    pub(super) fn remove(&mut self, id: &str) -> Option<Item> {
        self.projects.iter_mut().find_map(|project| {
            let at = project.items.iter().position(|item| item.id == id)?;
            Some(project.items.remove(at))
        })
    }

    /// The whole account without ids, as a task's answer has it.
    #[must_use]
    pub fn state(&self) -> Value {
        let projects = self.projects.iter().map(Project::without_id).collect();
        let tasks = self.items().map(Item::without_id).collect();
        Value::dict([("projects", projects), ("tasks", tasks)])
    }
}

impl Project {
    fn without_id(&self) -> Value {
        Value::dict([
            ("order", self.order.into()),
            ("color", self.color.as_str().into()),
            ("name", self.name.as_str().into()),
            ("is_favorite", self.is_favorite.into()),
        ])
    }

    /// As the tools show it.
    #[must_use]
    pub fn shown(&self) -> Value {
        with_id(&self.id, self.without_id())
    }
}

impl Item {
    fn without_id(&self) -> Value {
        Value::dict([
            ("order", self.order.into()),
            ("content", self.content.as_str().into()),
            ("is_completed", self.is_completed.into()),
            ("priority", self.priority.into()),
            ("due_date", self.due_date.as_deref().into()),
        ])
    }

    /// As the tools show it.
    #[must_use]
    pub fn shown(&self) -> Value {
        with_id(&self.id, self.without_id())
    }

    /// As the tool shows it that completes it: without `is_completed`.
    #[must_use]
    pub fn shown_completed(&self) -> Value {
        match self.shown() {
            Value::Dict(entries) => {
                Value::Dict(entries.into_iter().filter(|(key, _)| key.as_str() != Some("is_completed")).collect())
            }
            other => other,
        }
    }
}

fn with_id(id: &str, value: Value) -> Value {
    let mut entries = vec![("id".into(), id.into())];
    if let Value::Dict(rest) = value {
        entries.extend(rest);
    }
    Value::Dict(entries)
}

/// A value without what is under the key `id`, at any depth: the original's ids are new in every episode, so answers and
/// subgoals have none.
#[must_use]
pub fn without_ids(value: &Value) -> Value {
    match value {
        Value::List(items) => Value::List(items.iter().map(without_ids).collect()),
        Value::Tuple(items) => Value::Tuple(items.iter().map(without_ids).collect()),
        Value::Dict(entries) => {
            let kept = entries.iter().filter(|(key, _)| key.as_str() != Some("id"));
            Value::Dict(kept.map(|(key, value)| (key.clone(), without_ids(value))).collect())
        }
        other => other.clone(),
    }
}
