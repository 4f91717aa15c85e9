//! What the environments' clients make of an agent's message: each of AgentGym's has its own way.

use thiserror::Error;

use super::formats::{Format, FormatError, Intent, code_as_action, function_calling, react};
use super::functions::{ALFWORLD, Function, SCIWORLD, WEBSHOP, signatures, tools};

/// A client, by how it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// Maze and Wordle: what follows the first `Action:`.
    First,
    /// BabyAI: the line after the only `Action:`, of letters, digits, commas and spaces.
    Only,
    /// TextCraft: the line after the last `Action:`, of letters, digits, commas and spaces. The specification does not say how
    /// the original's client reads; its actions have no other signs.
    LastCleaned,
    /// Whatever the original has no client for: the line after the last `Action:`.
    Last,
    /// WebShop, ALFWorld and ScienceWorld: one of three formats.
    Formats(&'static [Function]),
    /// The tools (weather, movie, academia, todo, sheet): the server reads the message.
    Tools,
    /// SQL: what stands in a block of SQL.
    Sql,
    /// SearchQA: the server reads the message.
    Search,
    /// WebArena: the server reads the message.
    Web,
}

/// A message that a client does not take to the environment, and answers by itself.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// BabyAI's client wants one action.
    #[error("the message has {0} actions instead of one")]
    Actions(usize),
    /// It does not have the format.
    #[error(transparent)]
    Format(#[from] FormatError),
}

impl Refusal {
    /// What the agent is shown. BabyAI's and WebShop's texts are the original's; ALFWorld and ScienceWorld get WebShop's.
    #[must_use]
    pub fn observation(&self, last: &str) -> String {
        match self {
            Self::Actions(_) => {
                "Error: Only one 'Action' is allowed per response. Please adjust your response.".to_owned()
            }
            Self::Format(_) => format!("Invalid Action.\n\n{last}"),
        }
    }
}

/// Without the end-of-text mark that Llama 2 leaves.
fn without_end(text: &str) -> &str {
    let text = text.trim_end();
    text.strip_suffix("</s>").unwrap_or(text)
}

/// Letters, digits, commas and single spaces.
fn cleaned(action: &str) -> String {
    let kept: String = action.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, ',' | ' ')).collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn first_line(text: &str) -> &str {
    text.trim_start().lines().next().unwrap_or_default().trim_end()
}

/// What stands between two marks; the first mark's first place counts, and the second may be missing.
fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<(&'a str, &'a str)> {
    let (before, rest) = text.split_once(start)?;
    Some((before, rest.split_once(end).map_or(rest, |(inner, _)| inner)))
}

impl Client {
    /// The client of an environment, by its name.
    #[must_use]
    pub fn of(environment: &str) -> Self {
        match environment {
            "maze" | "wordle" => Self::First,
            "babyai" => Self::Only,
            "textcraft" => Self::LastCleaned,
            "webshop" => Self::Formats(&WEBSHOP),
            "alfworld" => Self::Formats(&ALFWORLD),
            "sciworld" => Self::Formats(&SCIWORLD),
            "weather" | "movie" | "academia" | "todo" | "sheet" => Self::Tools,
            "sqlgym" => Self::Sql,
            "searchqa" => Self::Search,
            "webarena" => Self::Web,
            _ => Self::Last,
        }
    }

    /// Reads a message.
    ///
    /// # Errors
    /// [`Refusal`] where the client answers by itself.
    pub fn read(self, format: Format, text: &str) -> Result<Intent, Refusal> {
        let whole = || Intent { thought: react::read(text).thought, action: text.to_owned() };
        let headed = react::read(without_end(text));
        Ok(match self {
            Self::First => {
                let text = without_end(text);
                let action = text.split_once("Action:").map_or(text, |(_, action)| action);
                Intent { action: action.trim().to_owned(), ..headed }
            }
            Self::Only => match text.split("Action:").collect::<Vec<_>>()[..] {
                [_, action] => Intent { action: cleaned(first_line(action)), ..headed },
                ref parts => return Err(Refusal::Actions(parts.len() - 1)),
            },
            Self::LastCleaned => Intent { action: cleaned(first_line(&headed.action)), ..headed },
            Self::Last => Intent { action: first_line(&headed.action).to_owned(), ..headed },
            Self::Formats(functions) => match format {
                Format::React => headed,
                Format::FunctionCalling => function_calling::read(text, functions)?,
                Format::CodeAsAction => code_as_action::read(without_end(text), functions)?,
            },
            Self::Sql => match between(text, "```sql", "```") {
                Some((before, query)) => {
                    Intent { thought: react::read(before).thought, action: query.trim().to_owned() }
                }
                None => headed,
            },
            Self::Search => match between(text, "<think>", "</think>") {
                Some((_, thought)) => Intent { thought: thought.trim().to_owned(), action: text.to_owned() },
                None => Intent { thought: String::new(), action: text.to_owned() },
            },
            Self::Tools | Self::Web => whole(),
        })
    }

    /// Writes a message that is read as this; none where the format has no words for the action.
    #[must_use]
    pub fn write(self, format: Format, intent: &Intent) -> Option<String> {
        let Intent { thought, action } = intent;
        let functions = match self {
            Self::Formats(functions) => functions,
            Self::Tools if action.contains("Action:") => return Some(action.clone()),
            Self::Tools => return Some(format!("Thought: {thought}\n\nAction: {action}")),
            Self::Sql => return Some(format!("Thought: {thought}\n\nAction: ```sql\n{action}\n```")),
            Self::Search => return Some(format!("<think>{thought}</think>{action}")),
            Self::Web if action.contains("```") => return Some(action.clone()),
            Self::Web => return Some(format!("{thought}\n\n```{action}```")),
            Self::First | Self::Only | Self::LastCleaned | Self::Last => return Some(react::write(intent)),
        };
        match format {
            Format::React => Some(react::write(intent)),
            Format::FunctionCalling => function_calling::write(intent, functions),
            Format::CodeAsAction => code_as_action::write(intent, functions),
        }
    }

    /// The form in words, for an agent's instruction.
    #[must_use]
    pub fn form(self, format: Format) -> String {
        match (self, format) {
            (Self::Formats(functions), Format::FunctionCalling) => format!(
                "Call one of these functions in each message:\n{}\nWrite one JSON object and nothing else: {{\"thought\": \
                 \"what you think\", \"function_name\": \"its name\", \"arguments\": {{\"parameter\": \"value\"}}}}",
                tools(functions)
            ),
            (Self::Formats(functions), Format::CodeAsAction) => format!(
                "Call one of these functions in each message:\n{}\nWrite one block of Python with a single call, its \
                 arguments as literals, and what you think as comments before it:\n```python\n# what you \
                 think\nfunction(\"value\")\n```",
                signatures(functions)
            ),
            (Self::Tools, _) => "Write each message in this form, the action on its last line:\nThought: what you \
                think\n\nAction: a function with Action Input: {\"parameter\": \"value\"}"
                .to_owned(),
            (Self::Sql, _) => {
                "Write one message in this form:\nThought: what you think\n\nAction: ```sql\nyour query\n```".to_owned()
            }
            (Self::Search, _) => "Write each message in this form: <think>what you think</think>, followed by \
                <search>what to look for</search> or by <answer>your answer</answer>"
                .to_owned(),
            (Self::Web, _) => "Write what you think, and then one action between triple backticks.".to_owned(),
            (Self::First | Self::Only | Self::LastCleaned | Self::Last | Self::Formats(_), _) => {
                "Write each message in this form:\nThought:\nwhat you think\n\nAction:\nyour action".to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NAMES: [&str; 17] = [
        "maze",
        "wordle",
        "babyai",
        "textcraft",
        "webshop",
        "alfworld",
        "sciworld",
        "weather",
        "movie",
        "academia",
        "todo",
        "sheet",
        "sqlgym",
        "searchqa",
        "webarena",
        "another",
        "",
    ];

    #[test]
    fn every_planner_can_be_written_and_is_read_again() {
        for gym in crate::gym::all() {
            let client = Client::of(gym.info().name);
            let mut episode = gym.begin(0).expect("a task");
            while let Some(action) = episode.plan().filter(|_| !episode.is_done()) {
                let intent = Intent { thought: String::new(), action };
                let text = client.write(Format::React, &intent).expect("words for a planner's action");
                let read = client.read(Format::React, &text).expect("an action");
                episode.step(&read.action).expect("not over");
            }
            assert!(episode.is_success(), "{}", gym.info().name);
        }
    }

    fn action(environment: &str, text: &str) -> String {
        Client::of(environment).read(Format::React, text).expect("an action").action
    }

    #[test]
    fn each_client_cleans_as_the_original() {
        assert_eq!(action("maze", "Thought:\nx\n\nAction:\nmove down</s>\n"), "move down");
        assert_eq!(action("maze", "Action: move up Action: move down"), "move up Action: move down");
        assert_eq!(action("maze", "move down"), "move down");
        assert_eq!(action("wordle", "Action:\ns h i r e"), "s h i r e");
        assert_eq!(
            action("babyai", "Thought: x\nAction:  \n go to the [red] ball 1! \nand more"),
            "go to the red ball 1"
        );
        assert_eq!(action("babyai", "Action: \"turn left\""), "turn left");
        assert_eq!(action("textcraft", "Action: a\nAction:\n`get 2 oak logs`.\nThen more."), "get 2 oak logs");
        assert_eq!(action("textcraft", "no action"), "");
        assert_eq!(action("alfworld", "Thought:\na\n\nAction:\ngo to desk 1</s>"), "go to desk 1");
        assert_eq!(action("webshop", "search[shoes]"), "search[shoes]");
        let tool = "Thought: x\n\nAction: finish with Action Input: {\"answer\": 1}";
        assert_eq!(action("todo", tool), tool);
        assert_eq!(action("sqlgym", "Action: ```sql\nSELECT 1;\n```\nSo."), "SELECT 1;");
        assert_eq!(action("sqlgym", "Action: SELECT 1"), "SELECT 1");
        let search = "<think>x</think><search>y</search>";
        assert_eq!(
            Client::of("searchqa").read(Format::React, search),
            Ok(Intent { thought: "x".into(), action: search.into() })
        );
        assert_eq!(action("webarena", "I ```click [12]```"), "I ```click [12]```");
    }

    #[test]
    fn babyai_wants_one_action() {
        for (text, count) in [("turn left", 0), ("Action: a\nAction: b", 2)] {
            let refusal = Client::of("babyai").read(Format::React, text).expect_err("refused");
            assert_eq!(refusal, Refusal::Actions(count));
            let said = "Error: Only one 'Action' is allowed per response. Please adjust your response.";
            assert_eq!(refusal.observation("before"), said);
        }
    }

    #[test]
    fn a_wrong_format_shows_the_observation_again() {
        let refusal = Client::of("webshop").read(Format::FunctionCalling, "search[x]").expect_err("refused");
        assert_eq!(refusal.observation("WebShop"), "Invalid Action.\n\nWebShop");
    }

    #[test]
    fn the_format_is_nothing_to_clients_without_a_choice() {
        let text = "Thought:\na\n\nAction:\nmove down";
        for format in Format::ALL {
            assert_eq!(Client::of("maze").read(format, text), Client::of("maze").read(Format::React, text));
        }
    }

    #[test]
    fn what_a_client_writes_it_reads() {
        let actions = [
            ("maze", "move down"),
            ("wordle", "s h i r e"),
            ("babyai", "go to red ball 1"),
            ("textcraft", "craft 4 stick using 2 oak planks"),
            ("webshop", "click[buy now]"),
            ("alfworld", "put mug 1 in/on desk 2"),
            ("sciworld", "use thermometer on water"),
            ("sqlgym", "SELECT 1;"),
            ("another", "do that!"),
        ];
        for (name, action) in actions {
            for format in Format::ALL {
                let intent = Intent { thought: "Let's see.".to_owned(), action: action.to_owned() };
                let written = Client::of(name).write(format, &intent).expect("words for it");
                assert_eq!(Client::of(name).read(format, &written), Ok(intent), "{name} {written}");
            }
        }
        let written = |name: &str, action: &str| {
            let intent = Intent { thought: "t".to_owned(), action: action.to_owned() };
            Client::of(name).write(Format::React, &intent).expect("words for it")
        };
        let finish = "finish with Action Input: {}";
        assert_eq!(written("weather", finish), format!("Thought: t\n\nAction: {finish}"));
        assert_eq!(written("weather", &format!("Action: {finish}")), format!("Action: {finish}"));
        assert_eq!(written("webarena", "click [12]"), "t\n\n```click [12]```");
        assert_eq!(written("searchqa", "<search>y</search>"), "<think>t</think><search>y</search>");
    }

    #[test]
    fn every_form_shows_how_to_act() {
        for name in NAMES {
            for format in Format::ALL {
                assert!(Client::of(name).form(format).contains("message") || name == "webarena", "{name}");
            }
        }
        assert!(Client::of("alfworld").form(Format::CodeAsAction).contains("def take(obj, recep)"));
        assert!(Client::of("alfworld").form(Format::FunctionCalling).contains("\"take\""));
    }

    proptest! {
        #[test]
        fn no_message_is_a_panic(text in "(Action:|Thought:|```sql|```|</s>|<think>|[a-z{}\\[\\]\"é]|\\s){0,20}|.*") {
            for name in NAMES {
                for format in Format::ALL {
                    let _ = Client::of(name).read(format, &text);
                }
            }
        }
    }
}
