//! `duet gym play`

use std::io::{BufRead, IsTerminal, Write};

use anyhow::Context;
use duet_engine::gym::{Episode, all, find};
use serde_json::json;

use super::args::PlayArgs;
use crate::cli::output::printable;

/// Steps of a planner that gets nowhere.
const MAX_STEPS: usize = 1_000;

const HELP: &str = "An action a line; `:actions` lists some, `:plan` lets the planner take a step, `:quit` ends.";

pub(super) fn run(args: &PlayArgs) -> anyhow::Result<()> {
    let gym = find(&args.env).with_context(|| {
        let names: Vec<&str> = all().map(|gym| gym.info().name).collect();
        format!("no environment `{}`, there are {}", args.env, names.join(", "))
    })?;
    let mut episode = gym.begin(args.task)?;
    let input = std::io::stdin();
    let is_asked = input.is_terminal() && !args.plan && !args.json;
    let mut table = Table { output: std::io::stdout().lock(), is_json: args.json, is_asked };
    table.begin(&episode)?;
    match args.plan {
        true => planned(&mut episode, &mut table)?,
        false => played(&mut episode, input.lock(), &mut table)?,
    }
    table.end(&episode)
}

/// Where an episode is shown.
struct Table<W> {
    output: W,
    is_json: bool,
    is_asked: bool, // somebody waits for a prompt
}

fn planned(episode: &mut Episode, table: &mut Table<impl Write>) -> anyhow::Result<()> {
    for _ in 0..MAX_STEPS {
        let Some(action) = episode.plan().filter(|_| !episode.is_done()) else { break };
        episode.step(&action)?;
        table.step(episode)?;
    }
    Ok(())
}

fn played(episode: &mut Episode, input: impl BufRead, table: &mut Table<impl Write>) -> anyhow::Result<()> {
    let mut lines = input.lines();
    while !episode.is_done() {
        table.ask()?;
        let Some(line) = lines.next().transpose().context("cannot read an action")? else { break };
        let action = match line.trim_end_matches('\r') {
            ":quit" => break,
            ":actions" => {
                table.say(&episode.available_actions().join("\n"))?;
                continue;
            }
            ":plan" => match episode.plan() {
                Some(action) => action,
                None => {
                    table.say("The planner knows no way on.")?;
                    continue;
                }
            },
            action => action.to_owned(),
        };
        episode.step(&action)?;
        table.step(episode)?;
    }
    Ok(())
}

impl<W: Write> Table<W> {
    fn begin(&mut self, episode: &Episode) -> anyhow::Result<()> {
        let info = episode.info();
        if self.is_json {
            return self.json(&json!({ "item_id": episode.item(), "observation": episode.first() }));
        }
        self.say(&format!("{}, task {}\n{}\n", info.title, episode.task(), info.instruction))?;
        if self.is_asked {
            self.say(&format!("{HELP}\n"))?;
        }
        self.say(episode.first())
    }

    fn ask(&mut self) -> anyhow::Result<()> {
        if self.is_asked {
            write!(self.output, "> ")?;
            self.output.flush()?;
        }
        Ok(())
    }

    fn step(&mut self, episode: &Episode) -> anyhow::Result<()> {
        let Some(turn) = episode.turns().last() else { return Ok(()) };
        let outcome = &turn.outcome;
        if self.is_json {
            let (observation, reward, done) = (&outcome.observation, outcome.reward, outcome.done);
            return self.json(&json!({
                "action": turn.action, "observation": observation, "reward": reward, "done": done,
            }));
        }
        if !self.is_asked {
            self.say(&format!("> {}", turn.action))?;
        }
        self.say(outcome.observation.trim_end())
    }

    fn end(&mut self, episode: &Episode) -> anyhow::Result<()> {
        let (steps, score, solved) = (episode.turns().len(), episode.score(), episode.is_success());
        if self.is_json {
            return self.json(&json!({ "steps": steps, "score": score, "success": solved }));
        }
        let outcome = if solved { "solved" } else { "not solved" };
        self.say(&format!("\n{outcome}, score {score} after {steps} steps"))
    }

    fn say(&mut self, text: &str) -> anyhow::Result<()> {
        writeln!(self.output, "{}", printable(text))?;
        Ok(self.output.flush()?)
    }

    fn json(&mut self, value: &serde_json::Value) -> anyhow::Result<()> {
        writeln!(self.output, "{value}")?;
        Ok(self.output.flush()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(input: &str, is_json: bool, is_asked: bool) -> String {
        let mut episode = find("maze").expect("registered").begin(17).expect("a task");
        let mut table = Table { output: Vec::new(), is_json, is_asked };
        table.begin(&episode).expect("written");
        played(&mut episode, input.as_bytes(), &mut table).expect("played");
        table.end(&episode).expect("written");
        String::from_utf8(table.output).expect("text")
    }

    #[test]
    fn a_task_played_by_hand() {
        insta::assert_snapshot!(shown("dance\u{1b}[2J\n:actions\nmove down\n:plan\nnever read", false, true));
    }

    #[test]
    fn a_task_played_by_a_program() {
        insta::assert_snapshot!(shown("move down\r\nmove down\n", true, false));
        let ended = shown("move down\n:quit\nmove down\n", false, false);
        assert!(ended.ends_with("\nnot solved, score 0 after 1 steps\n"), "{ended}");
    }
}
