//! Questions about one project and its tasks.

use super::super::account::{Item, Project};
use super::world::{Draft, Kind, Route, World, contents, due, minutes, only_max};

pub(super) const KINDS: [Kind; 18] = [
    count,
    count_open,
    completed,
    description,
    length,
    due_day,
    priority,
    due_on,
    due_before,
    of_priority,
    longest,
    shortest,
    total_length,
    next_due,
    overdue,
    due_soon,
    mentions_town,
    nth,
];

fn count(world: &mut World<'_>) -> Option<Draft> {
    let project = world.project()?;
    let goal = world.say(
        &[
            "How many tasks does the project \"{project}\" hold, done or not? Answer with the number.",
            "Count the tasks of \"{project}\", including those that are done, and give me the number.",
            "Please tell me the number of tasks listed under my project \"{project}\".",
        ],
        &[("project", &project.name)],
    );
    Route::into_project(project).ask(goal, project.items.len() as i64)
}

fn count_open(world: &mut World<'_>) -> Option<Draft> {
    let project = world.project()?;
    let goal = world.say(
        &[
            "How many tasks in \"{project}\" are not completed yet? Answer with the number.",
            "What number of tasks is still open in my project \"{project}\"?",
        ],
        &[("project", &project.name)],
    );
    Route::into_project(project).ask(goal, open(project).count() as i64)
}

fn open(project: &Project) -> impl Iterator<Item = &Item> {
    project.items.iter().filter(|item| !item.is_completed)
}

fn completed(world: &mut World<'_>) -> Option<Draft> {
    let project = world.project()?;
    let answer = contents(project.items.iter().filter(|item| item.is_completed))?;
    let goal = world.say(
        &[
            "Which tasks of \"{project}\" are completed already? Answer with the list of their contents.",
            "List what has been done so far in \"{project}\": a list of the contents of its completed tasks.",
        ],
        &[("project", &project.name)],
    );
    Route::into_project(project).ask(goal, answer)
}

fn description(world: &mut World<'_>) -> Option<Draft> {
    let (project, item) = world.item()?;
    let goal = world.say(
        &[
            "What does the description of \"{item}\" in the project \"{project}\" say? Answer with its exact text.",
            "I noted something about the task \"{item}\" (project \"{project}\"). Read me the description word for word.",
        ],
        &[("project", &project.name), ("item", &item.content)],
    );
    Route::into_project(project).descriptions([item]).ask(goal, item.description.as_str())
}

fn length(world: &mut World<'_>) -> Option<Draft> {
    let (project, item) = world.item()?;
    let goal = world.say(
        &[
            "How many minutes are planned for \"{item}\" in \"{project}\"? Answer with the number alone.",
            "For the task \"{item}\" of my project \"{project}\", tell me the planned time in minutes, as a number.",
        ],
        &[("project", &project.name), ("item", &item.content)],
    );
    Route::into_project(project).durations([item]).ask(goal, minutes(item))
}

fn due_day(world: &mut World<'_>) -> Option<Draft> {
    let (project, item) = world.item()?;
    let goal = world.say(
        &[
            "When is \"{item}\" in \"{project}\" due? Answer with the date as YYYY-MM-DD.",
            "Give me the due date, written YYYY-MM-DD, of the task \"{item}\" in my project \"{project}\".",
        ],
        &[("project", &project.name), ("item", &item.content)],
    );
    Route::into_project(project).ask(goal, item.due_date.as_deref()?)
}

fn priority(world: &mut World<'_>) -> Option<Draft> {
    let (project, item) = world.item()?;
    let goal = world.say(
        &[
            "Which priority has the task \"{item}\" in \"{project}\"? Answer with the number.",
            "How urgent is \"{item}\" in the project \"{project}\", as its priority from 1 to 4?",
        ],
        &[("project", &project.name), ("item", &item.content)],
    );
    Route::into_project(project).ask(goal, item.priority)
}

fn due_on(world: &mut World<'_>) -> Option<Draft> {
    let (project, item) = world.item()?;
    let day = due(item)?;
    let goal = world.say(
        &[
            "Which tasks of \"{project}\" are due on {day}? Answer with a list of their contents.",
            "List the contents of all tasks in my project \"{project}\" with the due date {day}.",
        ],
        &[("project", &project.name), ("day", &day.to_string())],
    );
    let answer = contents(project.items.iter().filter(|other| due(other) == Some(day)))?;
    Route::into_project(project).ask(goal, answer)
}

fn due_before(world: &mut World<'_>) -> Option<Draft> {
    let (project, item) = world.item()?;
    let day = due(item)?;
    let goal = world.say(
        &[
            "Which tasks of \"{project}\", done or not, are due before {day}? Answer with a list of their contents.",
            "Give me a list with the contents of every task in \"{project}\" whose due date is earlier than {day}.",
        ],
        &[("project", &project.name), ("day", &day.to_string())],
    );
    let answer = contents(project.items.iter().filter(|other| due(other) < Some(day)))?;
    Route::into_project(project).ask(goal, answer)
}

fn of_priority(world: &mut World<'_>) -> Option<Draft> {
    let (project, item) = world.item()?;
    let goal = world.say(
        &[
            "Which tasks in \"{project}\" have priority {priority}? Answer with a list of their contents.",
            "List the contents of the tasks of priority {priority} in the project \"{project}\".",
        ],
        &[("project", &project.name), ("priority", &item.priority.to_string())],
    );
    let answer = contents(project.items.iter().filter(|other| other.priority == item.priority))?;
    Route::into_project(project).ask(goal, answer)
}

fn longest(world: &mut World<'_>) -> Option<Draft> {
    let project = world.project()?;
    let item = only_max(&project.items, |item| minutes(item))?;
    let goal = world.say(
        &[
            "Which task of \"{project}\" takes the longest time? Answer with its content.",
            "Compare the durations of the tasks in my project \"{project}\" and tell me the content of the longest.",
        ],
        &[("project", &project.name)],
    );
    Route::into_project(project).durations(&project.items).ask(goal, item.content.as_str())
}

fn shortest(world: &mut World<'_>) -> Option<Draft> {
    let project = world.project()?;
    let item = only_max(&project.items, |item| -minutes(item))?;
    let goal = world.say(
        &[
            "I have little time. Which task of \"{project}\" is the quickest by its duration? Answer with its content.",
            "Tell me the content of the task in \"{project}\" for which the fewest minutes are planned.",
        ],
        &[("project", &project.name)],
    );
    Route::into_project(project).durations(&project.items).ask(goal, item.content.as_str())
}

fn total_length(world: &mut World<'_>) -> Option<Draft> {
    let project = world.project()?;
    let goal = world.say(
        &[
            "How many minutes do all tasks of \"{project}\" take together, done or not? Answer with the number.",
            "Add up the durations of every task in my project \"{project}\" and give me the minutes as a number.",
        ],
        &[("project", &project.name)],
    );
    let total: i64 = project.items.iter().map(minutes).sum();
    Route::into_project(project).durations(&project.items).ask(goal, total)
}

fn next_due(world: &mut World<'_>) -> Option<Draft> {
    let project = world.project()?;
    let item = only_max(&project.items, |item| due(item).map(std::cmp::Reverse))?;
    let goal = world.say(
        &[
            "Which task in \"{project}\" has the earliest due date? Answer with its content.",
            "Of all tasks of my project \"{project}\", tell me the content of the one that is due first.",
        ],
        &[("project", &project.name)],
    );
    Route::into_project(project).ask(goal, item.content.as_str())
}

fn overdue(world: &mut World<'_>) -> Option<Draft> {
    let (project, today) = (world.project()?, world.today());
    let answer = contents(open(project).filter(|item| due(item) < Some(today)))?;
    let goal = world.say(
        &[
            "Which open tasks of \"{project}\" should have been done before today? Answer with a list of their contents.",
            "Am I late with anything in \"{project}\"? List the contents of its open tasks that were due before today.",
        ],
        &[("project", &project.name)],
    );
    Route::new().today().items(project).ask(goal, answer)
}

fn due_soon(world: &mut World<'_>) -> Option<Draft> {
    let (project, today) = (world.project()?, world.today());
    let days = [3, 7, 10, 14][world.random.below(4)];
    let soon = |item: &&Item| due(item) >= Some(today) && due(item) <= Some(today.plus(days));
    let answer = project.items.iter().filter(soon).count() as i64;
    let goal = world.say(
        &[
            "How many tasks of \"{project}\", done or not, are due from today until {days} days from now, both days \
             included? Answer with the number.",
            "Counting today and the next {days} days, how many due dates of tasks does the project \"{project}\" have? \
             Give the number.",
        ],
        &[("project", &project.name), ("days", &days.to_string())],
    );
    (answer > 0).then_some(())?;
    Route::new().today().items(project).ask(goal, answer)
}

fn mentions_town(world: &mut World<'_>) -> Option<Draft> {
    let project = world.project()?;
    let town = &world.setting.current_location;
    let answer = contents(project.items.iter().filter(|item| item.description.contains(town)))?;
    let goal = world.say(
        &[
            "Which tasks of \"{project}\" mention the town where I am right now in their description? Answer with a list \
             of their contents.",
            "What can I do here, at my current location, for \"{project}\"? Look for the town's name in the descriptions \
             and list the contents of the tasks that have it.",
        ],
        &[("project", &project.name)],
    );
    Route::new().here().items(project).descriptions(&project.items).ask(goal, answer)
}

fn nth(world: &mut World<'_>) -> Option<Draft> {
    let (project, item) = world.item()?;
    let place = ["first", "second", "third", "fourth", "fifth"][usize::try_from(item.order - 1).ok()?];
    let goal = world.say(
        &[
            "What is the {place} task of the project \"{project}\", going by the order? Answer with its content.",
            "By their order, which task comes {place} in \"{project}\"? Tell me its content.",
        ],
        &[("project", &project.name), ("place", place)],
    );
    Route::into_project(project).ask(goal, item.content.as_str())
}
