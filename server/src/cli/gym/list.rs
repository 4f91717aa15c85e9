//! `duet gym list`

use duet_engine::gym::{Gym, Split, Success, all};
use serde_json::{Value, json};

use super::args::ListArgs;
use crate::cli::output::say;

pub(super) fn run(args: &ListArgs) -> anyhow::Result<()> {
    match args.json {
        true => say(&format!("{}\n", all().map(described).collect::<Value>())),
        false => say(&all().map(told).collect::<Vec<_>>().join("\n")),
    }
}

fn described(gym: &dyn Gym) -> Value {
    let info = gym.info();
    let split =
        |Split { name, tasks, own }: Split| json!({ "name": name, "from": tasks.start, "to": tasks.end, "own": own });
    json!({
        "name": info.name,
        "title": info.title,
        "summary": info.summary,
        "tasks": gym.tasks(),
        "splits": gym.splits().into_iter().map(split).collect::<Value>(),
        "max_rounds": info.max_rounds,
        "success": match info.success {
            Success::Full => "full",
            Success::Positive => "positive",
        },
        "deviations": info.deviations,
    })
}

fn told(gym: &dyn Gym) -> String {
    let info = gym.info();
    let splits: Vec<String> = gym.splits().into_iter().map(in_words).collect();
    let success = match info.success {
        Success::Full => "a score of 1",
        Success::Positive => "any score above 0",
    };
    let mut text = format!(
        "{}: {}\n  {}\n  {} tasks; {}; {} rounds; solved by {success}\n",
        info.name,
        info.title,
        info.summary,
        gym.tasks(),
        splits.join(", "),
        info.max_rounds
    );
    for deviation in info.deviations {
        text += &format!("  unlike the original: {deviation}\n");
    }
    text
}

fn in_words(Split { name, tasks, own }: Split) -> String {
    let last = tasks.end.saturating_sub(1);
    let whose = if own { " (our own choice)" } else { "" };
    format!("{name} {} to {last}{whose}", tasks.start)
}

#[cfg(test)]
mod tests {
    use duet_engine::gym::find;

    use super::*;

    #[test]
    fn environments_in_words() {
        let told = ["maze", "wordle"].map(|name| told(find(name).expect("registered"))).join("\n");
        insta::assert_snapshot!(told);
    }
}
