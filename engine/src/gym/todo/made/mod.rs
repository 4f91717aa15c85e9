//! Tasks of our own: accounts made by a seed, and in each of them tasks of several dozen kinds, each with two or three
//! phrasings. Routes, subgoals and the account at the end are computed, never written down.

mod ask;
mod ask_across;
mod change;
mod mixed;
mod words;
mod world;

use super::account::{Account, Duration, Item, Project};
use super::task::Task;
use super::tools::Setting;
use crate::gym::PythonRandom;
use crate::gym::tool::Day;
use words::{COLORS, MINUTES, THEMES, TOWNS};
use world::{Draft, Kind, World};

/// Accounts, each with [`PER_ACCOUNT`] tasks.
const ACCOUNTS: u64 = 12;
const PER_ACCOUNT: usize = 20;

/// Tasks for training; the accounts of those behind them are used in none of these.
pub const TRAINING: u64 = 200;

/// Calls of a route at most, without `finish`: an evaluation has 15 rounds.
const LONGEST_ROUTE: usize = 12;

/// Draws of a kind after which it is given up for an account.
const DRAWS: u64 = 40;

/// All kinds, in an order in which neighbours differ.
fn kinds() -> Vec<Kind> {
    let lists: [&[Kind]; 4] = [&ask::KINDS, &change::KINDS, &ask_across::KINDS, &mixed::KINDS];
    let longest = lists.iter().map(|list| list.len()).max().unwrap_or_default();
    (0..longest).flat_map(|index| lists.iter().filter_map(move |list| list.get(index).copied())).collect()
}

/// All tasks.
#[must_use]
pub fn tasks() -> Vec<Task> {
    let kinds = kinds();
    let mut tasks = Vec::new();
    let mut next_kind = 0;
    for number in 0..ACCOUNTS {
        let (account, setting) = account(number);
        let end = tasks.len() + PER_ACCOUNT;
        while tasks.len() < end {
            let seed = (number * 1_000 + next_kind as u64) * DRAWS;
            let kind = kinds[next_kind % kinds.len()];
            let drawn = (seed..seed + DRAWS).find_map(|seed| task(kind, &account, &setting, seed));
            tasks.extend(drawn.filter(|drawn| tasks.iter().all(|task: &Task| task.goal != drawn.goal)));
            next_kind += 1;
        }
    }
    tasks
}

fn task(kind: Kind, account: &Account, setting: &Setting, seed: u64) -> Option<Task> {
    let mut random = PythonRandom::new(seed);
    let account = with_ids(account, &mut random);
    let Draft { goal, route, answer } = kind(&mut World { account: &account, setting, random })?;
    (route.len() <= LONGEST_ROUTE).then_some(())?;
    Task::of_route(goal, &account, setting, route, answer).ok()
}

fn account(number: u64) -> (Account, Setting) {
    let mut random = PythonRandom::new(9_000 + number);
    let day = Day::new(2024, 1, 8).expect("invariant: a day").plus(random.below(900) as i64);
    let town = TOWNS[random.below(TOWNS.len())];
    let mut themes: Vec<usize> = (0..THEMES.len()).collect();
    random.shuffle(&mut themes);
    // Fewer colours than projects now and then, so that a colour may be that of several.
    let mut colors: Vec<&str> = (0..4).map(|_| COLORS[random.below(COLORS.len())]).collect();
    colors.push("charcoal");
    let projects = themes.iter().take(5).enumerate().map(|(index, theme)| Project {
        id: String::new(),
        order: index as i64 + 1,
        color: colors[random.below(colors.len())].to_owned(),
        name: THEMES[*theme].name.to_owned(),
        is_favorite: random.below(5) < 2,
        items: items(*theme, day, town, &mut random),
    });
    let projects = projects.collect();
    (Account { projects }, Setting { current_date: day.to_string(), current_location: town.to_owned() })
}

fn items(theme: usize, today: Day, town: &str, random: &mut PythonRandom) -> Vec<Item> {
    let mut chosen = THEMES[theme].items;
    random.shuffle(&mut chosen);
    let count = 3 + random.below(3);
    let mut item = |(index, (content, description)): (usize, &(&str, &str))| {
        let elsewhere = TOWNS[random.below(TOWNS.len())];
        let place = if random.below(5) < 3 { town } else { elsewhere };
        Item {
            id: String::new(),
            order: index as i64 + 1,
            content: (*content).to_owned(),
            description: description.replace("{town}", place),
            is_completed: random.below(5) == 0,
            priority: 1 + random.below(4) as i64,
            due_date: Some(today.plus(random.below(30) as i64 - 8).to_string()),
            duration: Some(Duration { amount: MINUTES[random.below(MINUTES.len())], unit: "minute".to_owned() }),
        }
    };
    chosen[..count].iter().enumerate().map(&mut item).collect()
}

/// The account with new ids, as each episode of the original has them.
fn with_ids(account: &Account, random: &mut PythonRandom) -> Account {
    let mut last = 2_200_000_000 + u64::from(random.bits(28));
    let mut id = || {
        last += 1 + random.below(900) as u64;
        last.to_string()
    };
    let mut account = account.clone();
    for project in &mut account.projects {
        project.id = id();
        for item in &mut project.items {
            item.id = id();
        }
    }
    account
}
