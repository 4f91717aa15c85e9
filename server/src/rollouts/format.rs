//! How agents write (`specs/agentgym.md` §2.5): a thought and an action as ReAct, as a function call in JSON, or as a line
//! of Python. Nothing of it is ever evaluated.
//!
//! Texts are read as the environment's client reads them ([`Client`]). Clients that have no functions to be called get one
//! of ours, `act(action)`. What a client would refuse and answer by itself is an empty action here.

use duet_engine::gym::Info;
use duet_engine::gym::agent::{self, Client, Intent};
use duet_engine::gym::trajectory::Opening;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The form of an agent's texts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// `Thought:` and `Action:`, as AgentGym's trajectories
    #[default]
    React,
    /// A JSON object with a function's name and arguments
    Function,
    /// A line of Python in a fenced block
    Code,
}

/// What models write out behind their last word that is no part of it.
const END_MARKS: [&str; 5] = ["</s>", "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|end|>"];

const ACTION: &str = "Action:";
const FENCE: &str = "```";
/// Opening braces at which a call is looked for: hostile texts have thousands.
const BRACES: usize = 16;

impl Format {
    /// What an agent is told before the first observation: the environment's rules, and this form.
    #[must_use]
    pub fn opening(self, info: &Info) -> Opening {
        let Opening { instruction, acknowledgement } = Opening::of(info);
        let form = match (self.of_client(info.name), self) {
            (Some((client, format)), _) => client.form(format),
            (None, Self::Code) => {
                "Answer every observation with a block of Python that calls `act` once, in this form:\n\
                ```python\n# why you do it\nact(\"the action\")\n```"
                    .to_owned()
            }
            (None, _) => {
                "Answer every observation with one JSON object and nothing else, in this form:\n{\"thought\": \
                \"why you do it\", \"function_name\": \"act\", \"arguments\": {\"action\": \"the action\"}}"
                    .to_owned()
            }
        };
        Opening { instruction: format!("{instruction}\n\n{form}"), acknowledgement }
    }

    /// The client of an environment, and this form as it has it; none where it does not.
    fn of_client(self, environment: &str) -> Option<(Client, agent::Format)> {
        let client = Client::of(environment);
        let has_functions = matches!(client, Client::Formats(_));
        match self {
            Self::React => Some((client, agent::Format::React)),
            Self::Function => has_functions.then_some((client, agent::Format::FunctionCalling)),
            Self::Code => has_functions.then_some((client, agent::Format::CodeAsAction)),
        }
    }

    /// A text with this thought and this action of an environment; none where the form has no words for the action.
    #[must_use]
    pub fn say(self, environment: &str, thought: &str, action: &str) -> Option<String> {
        let intent = || Intent { thought: thought.to_owned(), action: action.to_owned() };
        match (self.of_client(environment), self) {
            (Some((client, format)), _) => client.write(format, &intent()),
            (None, Self::Code) => Some(format!("{FENCE}python\n# {thought}\nact({})\n{FENCE}", Value::from(action))),
            (None, _) => {
                let call = json!({ "thought": thought, "function_name": "act", "arguments": { "action": action } });
                Some(call.to_string())
            }
        }
    }

    /// The action of an environment in a text; empty where a call has none.
    #[must_use]
    pub fn action(self, environment: &str, text: &str) -> String {
        match (self.of_client(environment), self) {
            (Some((client, format)), _) => client.read(format, text).map(|intent| intent.action).unwrap_or_default(),
            (None, Self::Code) => block(text).lines().find_map(argument).unwrap_or_default(),
            (None, _) => call(text).map(|(call, _)| named(&call)).unwrap_or_default(),
        }
    }

    /// Whether a text that is being written has its action, so that nothing more of it counts.
    #[must_use]
    pub fn is_over(self, text: &str) -> bool {
        match self {
            Self::React => after_action(text).is_some_and(|rest| end_of_action(rest) < rest.len()),
            Self::Function => call(text).is_some(),
            Self::Code => fenced(text).is_some_and(|(_, end)| end.is_some()),
        }
    }

    /// A model's text without what it wrote behind its first action: further turns that it made up, marks around the
    /// action and at the end. The action of the result is the one that the environment is to see.
    #[must_use]
    pub fn tidy(self, text: &str) -> String {
        let text = without_end_marks(text);
        match self {
            Self::React => match after_action(text) {
                None => text.to_owned(),
                Some(rest) => {
                    let before = &text[..text.len() - rest.len()];
                    format!("{before}{}", bare(rest[..end_of_action(rest)].trim_end()))
                }
            },
            Self::Function => call(text).map_or(text, |(_, end)| &text[..end]).to_owned(),
            Self::Code => {
                let end = fenced(text).and_then(|(_, end)| end).map_or(text.len(), |at| at + FENCE.len());
                text[..end].to_owned()
            }
        }
    }
}

fn without_end_marks(text: &str) -> &str {
    let mut text = text.trim_end();
    while let Some(rest) = END_MARKS.iter().find_map(|mark| text.strip_suffix(mark)) {
        text = rest.trim_end();
    }
    text
}

/// What follows the first `Action:`, from its first character that is no space; one that begins a line is preferred, as
/// thoughts may speak of actions.
fn after_action(text: &str) -> Option<&str> {
    let begins_a_line =
        |at: &usize| text[..*at].trim_end_matches([' ', '\t']).chars().next_back().is_none_or(|c| c == '\n');
    let mut found = text.match_indices(ACTION).map(|(at, _)| at);
    let first = found.clone().next()?;
    let at = found.find(begins_a_line).unwrap_or(first);
    Some(text[at + ACTION.len()..].trim_start())
}

/// An action is a line, or as many as its brackets span.
fn end_of_action(text: &str) -> usize {
    let mut depth = 0_i32;
    for (at, char) in text.char_indices() {
        match char {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            '\n' if depth <= 0 => return at,
            _ => {}
        }
    }
    // A bracket that nothing closes spans nothing.
    if depth > 0 { text.find('\n').unwrap_or(text.len()) } else { text.len() }
}

/// An action without marks that models put around it.
fn bare(action: &str) -> &str {
    ["**", "`", "\"", "'"].iter().fold(action, |action, mark| {
        let inner = action.strip_prefix(mark).and_then(|rest| rest.strip_suffix(mark));
        inner.filter(|inner| !inner.contains(mark)).map_or(action, str::trim)
    })
}

/// The first JSON object in a text, and where it ends. One that is not closed is none, and so are the parts of it.
fn call(text: &str) -> Option<(Value, usize)> {
    for (at, _) in text.match_indices('{').take(BRACES) {
        let mut values = serde_json::Deserializer::from_str(&text[at..]).into_iter::<Value>();
        match values.next()? {
            Ok(value) => return Some((value, at + values.byte_offset())),
            Err(error) if error.is_eof() => return None,
            Err(_) => {}
        }
    }
    None
}

/// The action that a call names: its argument `action`; else its own name and its arguments, as words.
fn named(call: &Value) -> String {
    let arguments = &call["arguments"];
    if let Some(action) = arguments["action"].as_str() {
        return action.to_owned();
    }
    let name = call["function_name"].as_str().unwrap_or_default().replace('_', " ");
    let words =
        arguments.as_object().into_iter().flat_map(|arguments| arguments.values()).filter_map(|value| match value {
            Value::String(word) => Some(word.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        });
    std::iter::once(name).chain(words).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Where the first fenced block's text begins, and where its closing fence does.
fn fenced(text: &str) -> Option<(usize, Option<usize>)> {
    let open = text.find(FENCE)? + FENCE.len();
    let begin = open + text[open..].find('\n')? + 1;
    Some((begin, text[begin..].find(FENCE).map(|at| begin + at)))
}

fn block(text: &str) -> &str {
    fenced(text).map_or(text, |(begin, end)| &text[begin..end.unwrap_or(text.len())])
}

/// What `act` is called with in a line of Python, if it is.
fn argument(line: &str) -> Option<String> {
    let line = line.trim();
    let rest = line.strip_prefix("act").map(str::trim_start).and_then(|rest| rest.strip_prefix('('))?.trim_start();
    let rest = rest.strip_prefix("action").map(str::trim_start).and_then(|rest| rest.strip_prefix('=')).unwrap_or(rest);
    let mut chars = rest.trim_start().chars();
    let quote = chars.next().filter(|char| matches!(char, '"' | '\''))?;
    let mut action = String::new();
    loop {
        match chars.next()? {
            '\\' => action.push(match chars.next()? {
                'n' => '\n',
                't' => '\t',
                other => other,
            }),
            char if char == quote => return Some(action),
            char => action.push(char),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Format; 3] = [Format::React, Format::Function, Format::Code];

    #[test]
    fn what_is_said_is_understood_and_tidy() {
        for format in ALL {
            for action in ["move up", "s h i r e", "say \"so\" \\ to 'him'", "finish with Action Input: {\"a\": [1]}"] {
                let text = format.say("maze", "It is step 1.", action).expect("words for it");
                assert_eq!(format.action("maze", &text), action, "{text}");
                assert_eq!(format.tidy(&text), text);
            }
            let action = "Action: finish with Action Input: {\"a\": [1]}";
            let text = format.say("todo", "It is step 1.", action).expect("words for it");
            assert!(format.action("todo", &text).ends_with(action), "{text}");
            assert_eq!(format.tidy(&text), text);
            let text = format.say("alfworld", "It is step 1.", "take mug 1 from desk 2").expect("words for it");
            assert_eq!(format.action("alfworld", &text), "take mug 1 from desk 2", "{text}");
            assert_eq!(format.tidy(&text), text);
        }
    }

    #[test]
    fn made_up_turns_are_cut_off() {
        let react = |text: &str| Format::React.tidy(text);
        let wanted = "Thought:\nNo Action: yet.\n\nAction:\nmove up";
        for more in
            ["", "</s>", "\n\nThought:\nAgain.\n\nAction:\nmove down", "\nObservation: a wall", " \n<|im_end|>\n"]
        {
            assert_eq!(react(&format!("{wanted}{more}")), wanted, "{more}");
        }
        assert_eq!(react("Action: `move up`\nI hope."), "Action: move up");
        assert_eq!(react("Action:\n**\"move up\"**"), "Action:\nmove up");
        assert_eq!(
            react("Action: f with Action Input: {\n\"a\": 1\n}\nmore"),
            "Action: f with Action Input: {\n\"a\": 1\n}"
        );
        assert_eq!(react("Action: a (b\nc"), "Action: a (b");
        assert_eq!(react("I do not know"), "I do not know");
        let call = Format::Function.say("maze", "So.", "move up").expect("words for it");
        assert_eq!(Format::Function.tidy(&format!("Sure: {call} {{}}")), format!("Sure: {call}"));
        let block = Format::Code.say("maze", "So.", "move up").expect("words for it");
        assert_eq!(Format::Code.tidy(&format!("{block}\nIt worked!")), block);
    }

    #[test]
    fn a_text_is_over_when_its_action_is() {
        let over = |format: Format, text: &str| format.is_over(text);
        assert!(!over(Format::React, "Thought:\nup\n\nAction:\n"));
        assert!(!over(Format::React, "Thought:\nup\n\nAction:\nmove u"));
        assert!(over(Format::React, "Thought:\nup\n\nAction:\nmove up\n"));
        assert!(!over(Format::Function, "{\"function_name\": \"act\", \"arguments\": {\"action\": \"x\"}"));
        assert!(over(Format::Function, "{\"function_name\": \"act\", \"arguments\": {\"action\": \"x\"}}"));
        assert!(!over(Format::Code, "```python\nact('x')\n"));
        assert!(over(Format::Code, "```python\nact('x')\n```"));
    }

    #[test]
    fn calls_are_read_as_they_come() {
        let function = |text: &str| Format::Function.action("maze", text);
        assert_eq!(function(r#"{"function_name":"move_up","arguments":{}}"#), "move up");
        assert_eq!(function(r#"{"function_name":"take","arguments":{"a":"mug","n":1}}"#), "take mug 1");
        assert_eq!(function("{ no } {\"arguments\": {\"action\": \"x\"}}"), "x");
        assert_eq!((function("nothing"), function(&"{".repeat(9_999))), (String::new(), String::new()));
        let code = |text: &str| Format::Code.action("maze", text);
        assert_eq!(code("```python\n# act('no')\nact( action = 'it\\'s' )\nact('two')\n```"), "it's");
        assert_eq!(code("act(\"x\")"), "x");
        assert_eq!((code("import os\nos.remove('x')"), code("act('open")), (String::new(), String::new()));
    }
}
