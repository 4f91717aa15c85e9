//! Questions about projects, and across them.

use super::super::account::Project;
use super::world::{Draft, Kind, Route, World, due, minutes, only_max};
use crate::gym::python::Value;

pub(super) const KINDS: [Kind; 11] = [
    favorites,
    color,
    of_color,
    total,
    home,
    fullest,
    nth_project,
    days_left,
    longer_of_two,
    open_in_favorites,
    urgent_everywhere,
];

fn names<'a>(projects: impl Iterator<Item = &'a Project>) -> Option<Value> {
    let names: Vec<&str> = projects.map(|project| project.name.as_str()).collect();
    (!names.is_empty()).then(|| names.into_iter().collect())
}

fn favorites(world: &mut World<'_>) -> Option<Draft> {
    let answer = names(world.account.projects.iter().filter(|project| project.is_favorite))?;
    let goal = world.say(
        &[
            "Which of my projects are favorites? Answer with a list of their names.",
            "List the names of all projects that I marked as favorites.",
            "Give me a list of the names of my favorite projects.",
        ],
        &[],
    );
    Route::new().ask(goal, answer)
}

fn color(world: &mut World<'_>) -> Option<Draft> {
    let project = world.project()?;
    let goal = world.say(
        &[
            "Which color does the project \"{project}\" have? Answer with the color's name as it is stored.",
            "Tell me the stored name of the color of my project \"{project}\".",
        ],
        &[("project", &project.name)],
    );
    Route::new().ask(goal, project.color.as_str())
}

fn of_color(world: &mut World<'_>) -> Option<Draft> {
    let color = &world.project()?.color;
    let answer = names(world.account.projects.iter().filter(|project| project.color == *color))?;
    let goal = world.say(
        &[
            "Which projects have the color {color}? Answer with a list of their names.",
            "List the names of the projects whose color is {color}.",
        ],
        &[("color", color)],
    );
    Route::new().ask(goal, answer)
}

fn total(world: &mut World<'_>) -> Option<Draft> {
    let goal = world.say(
        &[
            "How many tasks do I have in all projects together, done or not? Answer with the number.",
            "Count every task in every project of mine, completed ones too, and give me the number.",
        ],
        &[],
    );
    let answer = world.account.items().count() as i64;
    Route::new().items_of(&world.account.projects).ask(goal, answer)
}

fn home(world: &mut World<'_>) -> Option<Draft> {
    let (home, item) = world.item()?;
    let goal = world.say(
        &[
            "To which project does the task \"{item}\" belong? Answer with the project's name.",
            "I forgot where I put \"{item}\". Find it and tell me the name of its project.",
        ],
        &[("item", &item.content)],
    );
    let before = world.account.projects.iter().take_while(|project| project.id != home.id);
    Route::new().items_of(before).items(home).ask(goal, home.name.as_str())
}

fn fullest(world: &mut World<'_>) -> Option<Draft> {
    let project = only_max(&world.account.projects, |project| project.items.len())?;
    let goal = world.say(
        &[
            "Which project has the most tasks, done or not? Answer with its name.",
            "Compare how many tasks my projects have and tell me the name of the one with the most.",
        ],
        &[],
    );
    Route::new().items_of(&world.account.projects).ask(goal, project.name.as_str())
}

fn nth_project(world: &mut World<'_>) -> Option<Draft> {
    let project = world.project()?;
    let place = ["first", "second", "third", "fourth", "fifth"][usize::try_from(project.order - 1).ok()?];
    let goal = world.say(
        &[
            "Going by the order, what is my {place} project called?",
            "Tell me the name of the project that comes {place} in the order of my projects.",
        ],
        &[("place", place)],
    );
    Route::new().ask(goal, project.name.as_str())
}

fn days_left(world: &mut World<'_>) -> Option<Draft> {
    let (project, item) = world.item()?;
    let days = due(item)?.since(world.today());
    (days > 0).then_some(())?;
    let goal = world.say(
        &[
            "How many days are left from today until \"{item}\" in \"{project}\" is due? Answer with the number.",
            "In how many days, counted from today, is the task \"{item}\" of \"{project}\" due? Give the number.",
        ],
        &[("project", &project.name), ("item", &item.content)],
    );
    Route::new().today().items(project).ask(goal, days)
}

fn longer_of_two(world: &mut World<'_>) -> Option<Draft> {
    let ((home, item), (other_home, other)) = (world.item()?, world.item()?);
    (home.id != other_home.id && minutes(item) != minutes(other)).then_some(())?;
    let goal = world.say(
        &[
            "Which takes longer: \"{item}\" in \"{home}\" or \"{other}\" in \"{other_home}\"? Answer with its content.",
            "Compare the durations of \"{item}\" (project \"{home}\") and \"{other}\" (project \"{other_home}\") and tell \
             me the content of the longer one.",
        ],
        &[("item", &item.content), ("home", &home.name), ("other", &other.content), ("other_home", &other_home.name)],
    );
    let longer = if minutes(item) > minutes(other) { item } else { other };
    Route::new().items_of([home, other_home]).durations([item, other]).ask(goal, longer.content.as_str())
}

fn open_in_favorites(world: &mut World<'_>) -> Option<Draft> {
    let favorites: Vec<&Project> = world.account.projects.iter().filter(|project| project.is_favorite).collect();
    (!favorites.is_empty()).then_some(())?;
    let goal = world.say(
        &[
            "How many open tasks do my favorite projects have together? Answer with the number.",
            "Looking only at projects marked as favorites, how many tasks are not completed? Give the number.",
        ],
        &[],
    );
    let items = favorites.iter().flat_map(|project| &project.items);
    let answer = items.filter(|item| !item.is_completed).count() as i64;
    Route::new().items_of(favorites).ask(goal, answer)
}

fn urgent_everywhere(world: &mut World<'_>) -> Option<Draft> {
    let urgent = world.account.items().filter(|item| item.priority == 4);
    let answer = super::world::contents(urgent)?;
    let goal = world.say(
        &[
            "What is most urgent? List the contents of all tasks of priority 4, in all projects, done or not.",
            "Go through every project and give me a list of the contents of the tasks with priority 4.",
        ],
        &[],
    );
    Route::new().items_of(&world.account.projects).ask(goal, answer)
}
