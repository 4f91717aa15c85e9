//! Changes that end in a question.

use super::world::{Draft, Kind, Route, World, contents, due, minutes, only_max};

pub(super) const KINDS: [Kind; 6] = [
    complete_and_count,
    delete_and_add_up,
    favor_and_list,
    postpone_and_tell,
    complete_longest_and_read,
    unfavor_and_color,
];

fn complete_and_count(world: &mut World<'_>) -> Option<Draft> {
    let (project, item) = world.open_item()?;
    let goal = world.say(
        &[
            "Complete \"{item}\" in \"{project}\", then tell me how many open tasks are left there, as a number.",
            "\"{item}\" of the project \"{project}\" is done. Mark it, and answer with the number of tasks still open in it.",
        ],
        &[("project", &project.name), ("item", &item.content)],
    );
    let left = project.items.iter().filter(|other| !other.is_completed && other.id != item.id).count() as i64;
    Route::into_project(project).complete([item]).ask(goal, left)
}

fn delete_and_add_up(world: &mut World<'_>) -> Option<Draft> {
    let (project, item) = world.item()?;
    let goal = world.say(
        &[
            "Delete \"{item}\" from \"{project}\". How many minutes do its other tasks take together? Answer with the number.",
            "Without \"{item}\", which you are to delete, what is the total duration of the tasks in \"{project}\"? Give the \
             minutes as a number.",
        ],
        &[("project", &project.name), ("item", &item.content)],
    );
    let rest = || project.items.iter().filter(|other| other.id != item.id);
    Route::into_project(project).delete([item]).durations(rest()).ask(goal, rest().map(minutes).sum::<i64>())
}

fn favor_and_list(world: &mut World<'_>) -> Option<Draft> {
    let project = world.project()?;
    (!project.is_favorite).then_some(())?;
    let answer = contents(project.items.iter().filter(|item| !item.is_completed))?;
    let goal = world.say(
        &[
            "Make \"{project}\" a favorite and list the contents of its open tasks.",
            "From now on \"{project}\" is a favorite of mine; mark it, and answer with a list of what is still open in it.",
        ],
        &[("project", &project.name)],
    );
    Route::new().set_favorite([project], true).items(project).ask(goal, answer)
}

fn postpone_and_tell(world: &mut World<'_>) -> Option<Draft> {
    let (project, item) = world.open_item()?;
    let days = 3 + world.random.below(20) as i64;
    let day = due(item)?.plus(days);
    let goal = world.say(
        &[
            "Move the due date of \"{item}\" in \"{project}\" {days} days later and answer with the new date as YYYY-MM-DD.",
            "Put off \"{item}\" (project \"{project}\") by {days} days. What is the date then? Answer as YYYY-MM-DD.",
        ],
        &[("project", &project.name), ("item", &item.content), ("days", &days.to_string())],
    );
    Route::into_project(project).set_due([item], day).ask(goal, day.to_string())
}

fn complete_longest_and_read(world: &mut World<'_>) -> Option<Draft> {
    let project = world.project()?;
    let item = only_max(&project.items, |item| minutes(item)).filter(|item| !item.is_completed)?;
    let goal = world.say(
        &[
            "Complete the longest task of \"{project}\" and answer with the exact text of its description.",
            "The task of \"{project}\" with the longest duration is done. Mark it as completed and read me its description \
             word for word.",
        ],
        &[("project", &project.name)],
    );
    let route = Route::into_project(project).durations(&project.items).complete([item]).descriptions([item]);
    route.ask(goal, item.description.as_str())
}

fn unfavor_and_color(world: &mut World<'_>) -> Option<Draft> {
    let project = world.project()?;
    project.is_favorite.then_some(())?;
    let goal = world.say(
        &[
            "Take \"{project}\" off my favorites and tell me its color as it is stored.",
            "\"{project}\" is no favorite of mine any more. Change that, and answer with the stored name of its color.",
        ],
        &[("project", &project.name)],
    );
    Route::new().set_favorite([project], false).ask(goal, project.color.as_str())
}
