//! TODOList (AgentBoard's todo server; `specs/agentgym.md` §1.9): projects and tasks of an account are asked about and
//! changed through tools.
//!
//! Kept as the original has it: grammar, sentences and results of the tools ([`tool`](super::tool)); before the end the
//! reward is the part of the subgoals that was reached; at the end it is 1 if all were reached and the whole account, ids
//! apart, is as it should be, and 0 otherwise; any action that contains "finish" is the end. In v2 only a call of `finish`
//! is to be one.
//!
//! The original wipes a real account for every episode; here an account is part of the state. The tasks are our own, made
//! by a seed ([`made`]); whoever has the original's files loads them ([`Todo::load`]). What the tools' own errors say, and
//! `update_task`'s message, is not public, and is ours.

pub mod account;
mod load;
pub mod made;
mod plan;
mod task;
#[cfg(test)]
mod tests;
mod tools;

use std::sync::{Arc, LazyLock};

pub use account::{Account, Duration, Item, Project};
pub use load::LoadError;
pub use task::Task;
pub use tools::{Setting, TOOLS};

use super::tool::{self, Call, Subgoals};
use super::{Environment, Info, Outcome, Split, Success, TaskError, View};

static INFO: Info = Info {
    name: "todo",
    title: "TODO list",
    summary: "Answer questions about somebody's projects and tasks, or change them as asked, through the tools of a to-do \
        application.",
    instruction: "You work with the to-do application of a user. It has projects, and tasks in them. Each turn, think, then \
        write one call in the last line, in this form:\nAction: name with Action Input: {'argument': value}\nThe input is \
        a Python dict; an empty one is {}.\nTools:\nget_user_current_date {} and get_user_current_location {} say where \
        and when the user is.\nget_projects {} lists the projects.\nupdate_project {'project_id': str, 'is_favorite': \
        bool} makes a project a favourite or no longer one.\nget_tasks {'project_id': str} lists the tasks of a \
        project.\nget_task_description {'task_id': str} and get_task_duration {'task_id': str} tell more about \
        one.\ncomplete_task {'task_id': str} marks it as done.\nupdate_task {'task_id': str, 'due_date': 'YYYY-MM-DD'} \
        sets its due date.\ndelete_task {'task_id': str} removes it.\ncheck_valid_actions {} lists the tools.\nfinish \
        {'answer': value} ends the work, with the answer where one was asked for.\nPriorities go from 1 to 4, the most \
        urgent. Change nothing that was not asked for.",
    max_rounds: 15,
    success: Success::Full,
    deviations: &[
        "The tasks and the account are made by a seed: the licence of the original's is unclear.",
        "The input of an action is parsed as a Python literal, not evaluated.",
        "Sentences of the tools' own errors, and the message of update_task, are ours.",
        "A call that is an exception in the original's backend is an observation.",
    ],
};

/// The environment: its own tasks, or loaded ones.
#[derive(Debug, Clone, Default)]
pub struct Todo {
    loaded: Option<Arc<[Arc<Task>]>>,
}

static OWN: LazyLock<Arc<[Arc<Task>]>> = LazyLock::new(|| made::tasks().into_iter().map(Arc::new).collect());

/// An episode.
#[derive(Debug, Clone, PartialEq)]
pub struct TodoState {
    /// The task.
    pub task: Arc<Task>,
    /// The account as it is now.
    pub account: Account,
    /// The subgoals, and which were reached.
    pub subgoals: Subgoals,
    /// Which calls of the task's route were made.
    made: Vec<bool>,
    /// The last reward.
    pub reward: f64,
    /// Whether the last action was an end.
    pub done: bool,
}

impl TodoState {
    /// What `GET /observation` shows during the whole episode.
    #[must_use]
    pub fn opening(&self) -> String {
        tool::opening(&self.task.goal)
    }

    /// Whether everything was asked and the account is as it should be.
    #[must_use]
    pub fn is_solved(&self) -> bool {
        self.subgoals.reached() == self.subgoals.count() && self.account.state() == self.task.answer
    }
}

/// A board: projects with their tasks.
#[derive(Debug, Clone, PartialEq)]
pub struct TodoView {
    /// What is asked for.
    pub goal: String,
    /// Where and when.
    pub setting: Setting,
    /// Projects with their tasks, in order.
    pub account: Account,
    /// Ids of projects and tasks that are other than at the beginning.
    pub changed: Vec<String>,
    /// Tasks that were deleted.
    pub deleted: Vec<Item>,
    /// Subgoals that were reached, and how many there are.
    pub subgoals: (usize, usize),
}

impl Todo {
    fn list(&self) -> &[Arc<Task>] {
        self.loaded.as_ref().unwrap_or(&OWN)
    }

    /// The task of this number.
    #[must_use]
    pub fn task(&self, task: u64) -> Option<&Arc<Task>> {
        usize::try_from(task).ok().and_then(|task| self.list().get(task))
    }
}

impl Environment for Todo {
    type State = TodoState;

    fn info(&self) -> &'static Info {
        &INFO
    }

    fn tasks(&self) -> u64 {
        self.list().len() as u64
    }

    /// Accounts of the test are in no task of the training.
    fn splits(&self) -> Vec<Split> {
        let all = Environment::tasks(self);
        match self.loaded {
            None => vec![
                Split { name: "train", tasks: 0..made::TRAINING, own: true },
                Split { name: "test", tasks: made::TRAINING..all, own: true },
            ],
            Some(_) => vec![Split { name: "test", tasks: 0..all, own: true }],
        }
    }

    fn reset(&self, task: u64) -> Result<(TodoState, String), TaskError> {
        let unknown = TaskError::Unknown { environment: INFO.name, task, count: Environment::tasks(self) };
        let task = self.task(task).ok_or(unknown)?;
        let state = TodoState {
            task: Arc::clone(task),
            account: task.account.clone(),
            subgoals: Subgoals::new(task.subgoals.iter().cloned()),
            made: vec![false; task.route.len()],
            reward: 0.0,
            done: false,
        };
        let first = state.opening();
        Ok((state, first))
    }

    fn step(&self, state: &mut TodoState, action: &str) -> Outcome {
        let task = Arc::clone(&state.task);
        let reply = TOOLS.step(action, |call| tools::call(&mut state.account, &task.setting, call));
        if let Some((call, value)) = &reply.success {
            state.subgoals.note(&account::without_ids(value));
            for (route, made) in task.route.iter().zip(&mut state.made) {
                *made |= route.is_in(call);
            }
        }
        state.done = reply.done;
        state.reward = match reply.done {
            true => f64::from(u8::from(state.is_solved())),
            false => state.subgoals.fraction(),
        };
        Outcome { observation: reply.observation, reward: state.reward, done: state.done }
    }

    fn available_actions(&self, state: &TodoState) -> Vec<String> {
        let none = |name: &str| Call::new(name, []);
        let mut calls = vec![none("get_user_current_date"), none("get_user_current_location"), none("get_projects")];
        for project in &state.account.projects {
            let id = || ("project_id", project.id.as_str().into());
            calls.push(Call::new("get_tasks", [id()]));
            calls.push(Call::new("update_project", [id(), ("is_favorite", (!project.is_favorite).into())]));
        }
        for item in state.account.items() {
            let id = || ("task_id", item.id.as_str().into());
            let of_item = ["get_task_description", "get_task_duration", "complete_task", "delete_task"];
            calls.extend(of_item.map(|name| Call::new(name, [id()])));
            let today = state.task.setting.current_date.as_str();
            calls.push(Call::new("update_task", [id(), ("due_date", today.into())]));
        }
        calls.extend([none("check_valid_actions"), Call::new("finish", [("answer", "Done.".into())])]);
        calls.iter().map(Call::text).collect()
    }

    fn score(&self, state: &TodoState) -> f64 {
        state.reward
    }

    fn plan(&self, state: &TodoState) -> Option<String> {
        plan::next(state).map(|call| call.text())
    }

    fn view(&self, state: &TodoState) -> View {
        let before = &state.task.account;
        let projects = state.account.projects.iter();
        let changed_projects = projects.filter(|project| {
            before.project(&project.id).is_none_or(|before| before.is_favorite != project.is_favorite)
        });
        let changed_items = state.account.items().filter(|item| before.item(&item.id) != Some(*item));
        let ids = changed_projects.map(|project| &project.id).chain(changed_items.map(|item| &item.id));
        View::Todo(TodoView {
            goal: state.task.goal.clone(),
            setting: state.task.setting.clone(),
            account: state.account.clone(),
            changed: ids.cloned().collect(),
            deleted: before.items().filter(|item| state.account.item(&item.id).is_none()).cloned().collect(),
            subgoals: (state.subgoals.reached(), state.subgoals.count()),
        })
    }
}
