//! Changes of the account.

use super::super::account::{Item, Project};
use super::world::{Draft, Kind, Route, World, due, minutes, only_max};
use crate::gym::tool::Day;

pub(super) const KINDS: [Kind; 24] = [
    complete,
    delete,
    set_due,
    favorite,
    complete_priority,
    delete_completed,
    delete_before,
    postpone,
    postpone_weeks,
    same_day,
    complete_first_due,
    delete_longest,
    complete_shortest,
    favor_color,
    swap_favorites,
    delete_and_complete,
    overdue_to_today,
    due_tomorrow,
    complete_here,
    favor_fullest,
    no_favorites,
    delete_last_of_two,
    set_due_of_priority,
    complete_due_on,
];

fn complete(world: &mut World<'_>) -> Option<Draft> {
    let (project, item) = world.open_item()?;
    let goal = world.say(
        &[
            "I have done \"{item}\" from the project \"{project}\". Please mark it as completed.",
            "Tick off the task \"{item}\" in \"{project}\".",
            "Complete \"{item}\", a task of my project \"{project}\".",
        ],
        &[("project", &project.name), ("item", &item.content)],
    );
    Route::into_project(project).complete([item]).change(goal)
}

fn delete(world: &mut World<'_>) -> Option<Draft> {
    let (project, item) = world.item()?;
    let goal = world.say(
        &[
            "Remove the task \"{item}\" from \"{project}\" for good.",
            "\"{item}\" in my project \"{project}\" is no longer needed; delete it.",
        ],
        &[("project", &project.name), ("item", &item.content)],
    );
    Route::into_project(project).delete([item]).change(goal)
}

/// A day from tomorrow on that is not an item's.
fn other_day(world: &mut World<'_>, item: &Item) -> Option<Day> {
    let day = world.today().plus(1 + world.random.below(40) as i64);
    (due(item) != Some(day)).then_some(day)
}

fn set_due(world: &mut World<'_>) -> Option<Draft> {
    let (project, item) = world.open_item()?;
    let day = other_day(world, item)?;
    let goal = world.say(
        &[
            "Set the due date of \"{item}\" in \"{project}\" to {day}.",
            "The task \"{item}\" of my project \"{project}\" is now due on {day}; please change it.",
        ],
        &[("project", &project.name), ("item", &item.content), ("day", &day.to_string())],
    );
    Route::into_project(project).set_due([item], day).change(goal)
}

fn favorite(world: &mut World<'_>) -> Option<Draft> {
    let project = world.project()?;
    let phrases: [&str; 2] = match project.is_favorite {
        true => [
            "The project \"{project}\" should no longer be one of my favorites.",
            "Take \"{project}\" off my favorite projects.",
        ],
        false => ["Make the project \"{project}\" a favorite.", "Mark \"{project}\" as one of my favorite projects."],
    };
    let goal = world.say(&phrases, &[("project", &project.name)]);
    Route::new().set_favorite([project], !project.is_favorite).change(goal)
}

fn open(project: &Project) -> impl Iterator<Item = &Item> {
    project.items.iter().filter(|item| !item.is_completed)
}

/// The items, where there are any.
fn some<'a>(items: impl Iterator<Item = &'a Item>) -> Option<Vec<&'a Item>> {
    let items: Vec<&Item> = items.collect();
    (!items.is_empty()).then_some(items)
}

fn complete_priority(world: &mut World<'_>) -> Option<Draft> {
    let (project, item) = world.open_item()?;
    let items = some(open(project).filter(|other| other.priority == item.priority))?;
    let goal = world.say(
        &[
            "Complete every open task of priority {priority} in \"{project}\".",
            "In the project \"{project}\", mark all tasks with priority {priority} that are still open as completed.",
        ],
        &[("project", &project.name), ("priority", &item.priority.to_string())],
    );
    Route::into_project(project).complete(items).change(goal)
}

fn delete_completed(world: &mut World<'_>) -> Option<Draft> {
    let project = world.project()?;
    let items = some(project.items.iter().filter(|item| item.is_completed))?;
    let goal = world.say(
        &[
            "Tidy up \"{project}\": delete all of its completed tasks.",
            "Delete whatever is already completed in my project \"{project}\".",
        ],
        &[("project", &project.name)],
    );
    Route::into_project(project).delete(items).change(goal)
}

fn delete_before(world: &mut World<'_>) -> Option<Draft> {
    let (project, item) = world.item()?;
    let day = due(item)?;
    let items = some(project.items.iter().filter(|other| due(other) < Some(day)))?;
    let goal = world.say(
        &[
            "Delete all tasks of \"{project}\", done or not, that are due before {day}.",
            "In \"{project}\", remove every task with a due date earlier than {day}.",
        ],
        &[("project", &project.name), ("day", &day.to_string())],
    );
    Route::into_project(project).delete(items).change(goal)
}

fn postpone(world: &mut World<'_>) -> Option<Draft> {
    let (project, item) = world.open_item()?;
    let days = 2 + world.random.below(9) as i64;
    let goal = world.say(
        &[
            "Postpone \"{item}\" in \"{project}\" by {days} days.",
            "I need more time for the task \"{item}\" of \"{project}\": move its due date {days} days later.",
        ],
        &[("project", &project.name), ("item", &item.content), ("days", &days.to_string())],
    );
    Route::into_project(project).set_due([item], due(item)?.plus(days)).change(goal)
}

fn postpone_weeks(world: &mut World<'_>) -> Option<Draft> {
    let (project, item) = world.open_item()?;
    let weeks = world.random.below(2) as i64 + 1;
    let goal = world.say(
        &[
            "The task \"{item}\" in \"{project}\" is due {weeks} later than planned. Adjust its due date.",
            "Shift the due date of \"{item}\", project \"{project}\", by {weeks} into the future.",
        ],
        &[
            ("project", &project.name),
            ("item", &item.content),
            ("weeks", ["one week", "two weeks"][weeks as usize - 1]),
        ],
    );
    Route::into_project(project).set_due([item], due(item)?.plus(7 * weeks)).change(goal)
}

fn same_day(world: &mut World<'_>) -> Option<Draft> {
    let ((home, item), (other_home, other)) = (world.open_item()?, world.item()?);
    let day = due(other).filter(|day| home.id != other_home.id && due(item) != Some(*day))?;
    let goal = world.say(
        &[
            "Let \"{item}\" in \"{home}\" be due on the same day as \"{other}\" in \"{other_home}\".",
            "Give the task \"{item}\" of \"{home}\" the due date that \"{other}\" of \"{other_home}\" has.",
        ],
        &[("item", &item.content), ("home", &home.name), ("other", &other.content), ("other_home", &other_home.name)],
    );
    Route::new().items_of([other_home, home]).set_due([item], day).change(goal)
}

fn complete_first_due(world: &mut World<'_>) -> Option<Draft> {
    let project = world.project()?;
    let item = only_max(open(project), |item| due(item).map(std::cmp::Reverse))?;
    let goal = world.say(
        &[
            "Complete the open task of \"{project}\" that is due first.",
            "Among the open tasks of \"{project}\", mark the one with the earliest due date as completed.",
        ],
        &[("project", &project.name)],
    );
    Route::into_project(project).complete([item]).change(goal)
}

fn delete_longest(world: &mut World<'_>) -> Option<Draft> {
    let project = world.project()?;
    let item = only_max(&project.items, |item| minutes(item))?;
    let goal = world.say(
        &[
            "Delete the task in \"{project}\" that would take the most time.",
            "I shall never find the time for the longest task of \"{project}\". Delete it.",
        ],
        &[("project", &project.name)],
    );
    Route::into_project(project).durations(&project.items).delete([item]).change(goal)
}

fn complete_shortest(world: &mut World<'_>) -> Option<Draft> {
    let project = world.project()?;
    let items: Vec<&Item> = open(project).collect();
    let item = only_max(items.iter().copied(), |item| -minutes(item))?;
    let goal = world.say(
        &[
            "I have just done the quickest open task of \"{project}\". Find out which it is by the durations and complete \
             it.",
            "Mark the open task of \"{project}\" with the shortest duration as completed.",
        ],
        &[("project", &project.name)],
    );
    Route::into_project(project).durations(items).complete([item]).change(goal)
}

fn favor_color(world: &mut World<'_>) -> Option<Draft> {
    let color = &world.project()?.color;
    let projects: Vec<&Project> =
        world.account.projects.iter().filter(|project| project.color == *color && !project.is_favorite).collect();
    (!projects.is_empty()).then_some(())?;
    let goal = world.say(
        &[
            "Make every project with the color {color} a favorite.",
            "All projects colored {color} should be among my favorites.",
        ],
        &[("color", color)],
    );
    Route::new().set_favorite(projects, true).change(goal)
}

fn swap_favorites(world: &mut World<'_>) -> Option<Draft> {
    let (old, new) = world.two_projects()?;
    (old.is_favorite && !new.is_favorite).then_some(())?;
    let goal = world.say(
        &[
            "Replace \"{old}\" by \"{new}\" among my favorite projects.",
            "\"{old}\" should stop being a favorite, and \"{new}\" should become one.",
        ],
        &[("old", &old.name), ("new", &new.name)],
    );
    Route::new().set_favorite([old], false).set_favorite([new], true).change(goal)
}

fn delete_and_complete(world: &mut World<'_>) -> Option<Draft> {
    let ((home, item), (other_home, other)) = (world.item()?, world.open_item()?);
    (home.id != other_home.id).then_some(())?;
    let goal = world.say(
        &[
            "Delete \"{item}\" from \"{home}\" and complete \"{other}\" in \"{other_home}\".",
            "Two things: \"{item}\" in \"{home}\" can be deleted, and \"{other}\" in \"{other_home}\" is done, so complete it.",
        ],
        &[("item", &item.content), ("home", &home.name), ("other", &other.content), ("other_home", &other_home.name)],
    );
    Route::new().items_of([home, other_home]).delete([item]).complete([other]).change(goal)
}

fn overdue_to_today(world: &mut World<'_>) -> Option<Draft> {
    let (project, today) = (world.project()?, world.today());
    let items = some(open(project).filter(|item| due(item) < Some(today)))?;
    let goal = world.say(
        &[
            "Set the due date of every open task in \"{project}\" that is late to today.",
            "Whatever is open in \"{project}\" and was due before today shall be due today.",
        ],
        &[("project", &project.name)],
    );
    Route::new().today().items(project).set_due(items, today).change(goal)
}

fn due_tomorrow(world: &mut World<'_>) -> Option<Draft> {
    let (project, item) = world.open_item()?;
    let tomorrow = world.today().plus(1);
    (due(item) != Some(tomorrow)).then_some(())?;
    let goal = world.say(
        &[
            "\"{item}\" in \"{project}\" has to be done by tomorrow. Set its due date accordingly.",
            "Move the due date of the task \"{item}\" of \"{project}\" to tomorrow.",
        ],
        &[("project", &project.name), ("item", &item.content)],
    );
    Route::new().today().items(project).set_due([item], tomorrow).change(goal)
}

fn complete_here(world: &mut World<'_>) -> Option<Draft> {
    let project = world.project()?;
    let town = &world.setting.current_location;
    let candidates: Vec<&Item> = open(project).collect();
    let items = some(candidates.iter().copied().filter(|item| item.description.contains(town)))?;
    let goal = world.say(
        &[
            "I am through with what I had to do in the town where I am. Complete the open tasks of \"{project}\" whose \
             description mentions it.",
            "Complete each open task in \"{project}\" that has my current location in its description.",
        ],
        &[("project", &project.name)],
    );
    Route::new().here().items(project).descriptions(candidates).complete(items).change(goal)
}

fn favor_fullest(world: &mut World<'_>) -> Option<Draft> {
    let project = only_max(&world.account.projects, |project| project.items.len())?;
    (!project.is_favorite).then_some(())?;
    let goal = world.say(
        &[
            "Make the project with the most tasks, done or not, a favorite.",
            "Find the project that holds more tasks than any other and mark it as a favorite.",
        ],
        &[],
    );
    Route::new().items_of(&world.account.projects).set_favorite([project], true).change(goal)
}

fn no_favorites(world: &mut World<'_>) -> Option<Draft> {
    let projects: Vec<&Project> = world.account.projects.iter().filter(|project| project.is_favorite).collect();
    (!projects.is_empty()).then_some(())?;
    let goal = world.say(
        &["I want to start afresh: no project should be a favorite.", "Take away the favorite mark of every project."],
        &[],
    );
    Route::new().set_favorite(projects, false).change(goal)
}

fn delete_last_of_two(world: &mut World<'_>) -> Option<Draft> {
    let (one, other) = world.two_projects()?;
    let goal = world.say(
        &[
            "Delete the last task, by order, of \"{one}\" and also that of \"{other}\".",
            "In both \"{one}\" and \"{other}\", remove the task that comes last in the order.",
        ],
        &[("one", &one.name), ("other", &other.name)],
    );
    let items = [one.items.last()?, other.items.last()?];
    Route::new().items_of([one, other]).delete(items).change(goal)
}

fn set_due_of_priority(world: &mut World<'_>) -> Option<Draft> {
    let (project, item) = world.open_item()?;
    let day = other_day(world, item)?;
    let items = some(open(project).filter(|other| other.priority == item.priority))?;
    items.iter().all(|item| due(item) != Some(day)).then_some(())?;
    let goal = world.say(
        &[
            "Let all open tasks of priority {priority} in \"{project}\" be due on {day}.",
            "Change the due date of each open task with priority {priority} in \"{project}\" to {day}.",
        ],
        &[("project", &project.name), ("priority", &item.priority.to_string()), ("day", &day.to_string())],
    );
    Route::into_project(project).set_due(items, day).change(goal)
}

fn complete_due_on(world: &mut World<'_>) -> Option<Draft> {
    let (project, item) = world.open_item()?;
    let day = due(item)?;
    let items = some(open(project).filter(|other| due(other) == Some(day)))?;
    let goal = world.say(
        &[
            "Complete the open tasks of \"{project}\" that are due on {day}.",
            "Everything open in \"{project}\" with the due date {day} is done; mark it as completed.",
        ],
        &[("project", &project.name), ("day", &day.to_string())],
    );
    Route::into_project(project).complete(items).change(goal)
}
