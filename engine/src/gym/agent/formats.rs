//! The three formats of a message (`specs/agentgym.md` §2.5): text to thought and action, and back.

use serde_json::Value;
use thiserror::Error;

use super::call::{Argument, Call, CallError, quoted};
use super::functions::{BindError, Function};

/// How an agent writes what it thinks and does. Only the clients of WebShop, ALFWorld and ScienceWorld have a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// A thought and an action, each under its heading.
    #[default]
    React,
    /// A JSON object that names a function.
    FunctionCalling,
    /// A call in Python, the thought in its comments.
    CodeAsAction,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::React, Self::FunctionCalling, Self::CodeAsAction];

    /// As AgentGym's `ActionFormat` writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::React => "react",
            Self::FunctionCalling => "function_calling",
            Self::CodeAsAction => "code_as_action",
        }
    }
}

/// What an agent thinks, and the action that it takes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Intent {
    /// The thought; empty where there is none.
    pub thought: String,
    /// The action, as the environment takes it; empty where there is none.
    pub action: String,
}

/// A message that does not have the format.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FormatError {
    /// It has no JSON object from its first `{` to its last `}`.
    #[error("there is no JSON object: {reason}")]
    Json {
        /// What is wrong with it.
        reason: String,
    },
    /// The object lacks this, or has something else in its place.
    #[error("the JSON object has no {field}")]
    Field {
        /// What was looked for.
        field: &'static str,
    },
    /// The code is no call.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The call is none of a function.
    #[error(transparent)]
    Bind(#[from] BindError),
}

/// Headings: `Thought:` and `Action:`.
pub mod react {
    use super::Intent;

    /// Reads a message. The last `Action:` divides, and the thought is what follows `Thought:`, or all that stands before
    /// where there is no such heading. Without `Action:`, a message with a `search[` or a `click[` is an action as a whole,
    /// and any other is none.
    #[must_use]
    pub fn read(text: &str) -> Intent {
        let after_heading = |text: &str| text.split_once("Thought:").map(|(_, thought)| thought.trim().to_owned());
        match text.rsplit_once("Action:") {
            Some((before, action)) => Intent {
                thought: after_heading(before).unwrap_or_else(|| before.trim().to_owned()),
                action: action.trim().to_owned(),
            },
            None if text.contains("search[") || text.contains("click[") => {
                Intent { thought: after_heading(text).unwrap_or_default(), action: text.trim().to_owned() }
            }
            None => {
                Intent { thought: after_heading(text).unwrap_or_else(|| text.trim().to_owned()), action: String::new() }
            }
        }
    }

    /// Writes a message.
    #[must_use]
    pub fn write(intent: &Intent) -> String {
        format!("Thought:\n{}\n\nAction:\n{}", intent.thought, intent.action)
    }
}

/// JSON: `{"thought": …, "function_name": …, "arguments": {…}}`.
pub mod function_calling {
    use super::{Argument, FormatError, Function, Intent, Value};

    /// Reads the object from the first `{` to the last `}`; what stands around it is not looked at.
    ///
    /// # Errors
    /// [`FormatError`] where there is no such object, or it calls no function of the table with its parameters.
    pub fn read(text: &str, functions: &[Function]) -> Result<Intent, FormatError> {
        let object = text.find('{').zip(text.rfind('}')).and_then(|(start, end)| text.get(start..=end));
        let object = object.ok_or(FormatError::Json { reason: "it has no braces".to_owned() })?;
        let object: Value =
            serde_json::from_str(object).map_err(|error| FormatError::Json { reason: error.to_string() })?;
        let name = object["function_name"].as_str().ok_or(FormatError::Field { field: "text `function_name`" })?;
        let arguments = match &object["arguments"] {
            Value::Null => Vec::new(),
            Value::Object(arguments) => {
                let arguments: Option<_> = arguments.iter().map(|(name, value)| argument(name, value)).collect();
                arguments.ok_or(FormatError::Field { field: "`arguments` that are texts or numbers" })?
            }
            _ => return Err(FormatError::Field { field: "object `arguments`" }),
        };
        let action = Function::find(functions, name)?.action(&arguments)?;
        Ok(Intent { thought: object["thought"].as_str().unwrap_or_default().trim().to_owned(), action })
    }

    fn argument(name: &str, value: &Value) -> Option<Argument> {
        let value = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        Some(Argument { name: Some(name.to_owned()), value })
    }

    /// Writes a message; none where no function means the action.
    #[must_use]
    pub fn write(intent: &Intent, functions: &'static [Function]) -> Option<String> {
        let json = |text: &str| Value::from(text).to_string();
        let (function, arguments) = Function::call_of(functions, &intent.action)?;
        let arguments: Vec<String> =
            arguments.iter().map(|(name, value)| format!("{}: {}", json(name), json(value))).collect();
        let (thought, name) = (json(&intent.thought), json(function.name));
        let arguments = arguments.join(", ");
        Some(format!("{{\"thought\": {thought}, \"function_name\": {name}, \"arguments\": {{{arguments}}}}}"))
    }
}

/// Python: a call in a block of code, and comments.
pub mod code_as_action {
    use super::{Call, FormatError, Function, Intent, quoted};

    /// Reads the first block of Python, or of no language; a message without one is code as a whole. Nothing is evaluated.
    ///
    /// # Errors
    /// [`FormatError`] where it is no single call with literals, or of no function of the table.
    pub fn read(text: &str, functions: &[Function]) -> Result<Intent, FormatError> {
        let call = Call::parse(block(text))?;
        let action = Function::find(functions, &call.name)?.action(&call.arguments)?;
        Ok(Intent { thought: call.comments.join("\n").trim().to_owned(), action })
    }

    fn block(text: &str) -> &str {
        let Some((_, rest)) = text.split_once("```python").or_else(|| text.split_once("```")) else { return text };
        // The last fence, so that an argument may have one in it.
        rest.rsplit_once("```").map_or(rest, |(code, _)| code)
    }

    /// Writes a message; none where no function means the action.
    #[must_use]
    pub fn write(intent: &Intent, functions: &'static [Function]) -> Option<String> {
        let (function, arguments) = Function::call_of(functions, &intent.action)?;
        let thought: String = intent.thought.lines().map(|line| format!("# {line}\n")).collect();
        let arguments: Vec<String> = arguments.iter().map(|(_, value)| quoted(value)).collect();
        Some(format!("```python\n{thought}{}({})\n```", function.name, arguments.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::gym::agent::{ALFWORLD, SCIWORLD, WEBSHOP};

    fn intent(thought: &str, action: &str) -> Intent {
        Intent { thought: thought.to_owned(), action: action.to_owned() }
    }

    #[test]
    fn headings_divide_thought_and_action() {
        let cases = [
            ("Thought:\nIt is left.\n\nAction:\nmove left", intent("It is left.", "move left")),
            ("Thought: a\nAction: b\nAction: c\n", intent("a\nAction: b", "c")),
            ("I go left. Action: move left", intent("I go left.", "move left")),
            ("Sure.\nThought: Thought: a Action:", intent("Thought: a", "")),
            ("move left", intent("move left", "")),
            ("Thought: nothing to do", intent("nothing to do", "")),
            ("search[red shoes]\n", intent("", "search[red shoes]")),
            ("Thought: hm\nclick[buy now]", intent("hm\nclick[buy now]", "Thought: hm\nclick[buy now]")),
            ("", intent("", "")),
        ];
        for (text, expected) in cases {
            assert_eq!(react::read(text), expected, "{text:?}");
        }
    }

    #[test]
    fn an_object_names_a_function() {
        let read = |text: &str| function_calling::read(text, &ALFWORLD);
        let text = "Sure: ```json\n{\"thought\": \" It's here. \", \"function_name\": \"take\",\n \"arguments\": \
                    {\"recep\": \"desk 2\", \"obj\": \"mug 1\"}}\n``` {}";
        assert!(matches!(read(text), Err(FormatError::Json { .. })), "the last brace counts");
        assert_eq!(read(text.trim_end_matches(" {}")), Ok(intent("It's here.", "take mug 1 from desk 2")));
        assert_eq!(read("{\"function_name\": \"look\"}"), Ok(intent("", "look")));
        let wait = "{\"function_name\": \"wait\", \"arguments\": {\"duration\": 10}}";
        assert_eq!(function_calling::read(wait, &SCIWORLD), Ok(intent("", "wait1")));
        let refused = [
            ("", "there is no JSON object: it has no braces"),
            ("} {", "there is no JSON object: it has no braces"),
            ("{\"thought\": \"a\"}", "the JSON object has no text `function_name`"),
            ("{\"function_name\": \"look\", \"arguments\": [1]}", "the JSON object has no object `arguments`"),
            (
                "{\"function_name\": \"open\", \"arguments\": {\"recep\": [1]}}",
                "the JSON object has no `arguments` that are texts or numbers",
            ),
            ("{\"function_name\": \"fly\"}", "there is no function `fly`"),
            ("{\"function_name\": \"open\"}", "`open` takes (recep), but it was given ()"),
        ];
        for (text, said) in refused {
            assert_eq!(read(text).expect_err(text).to_string(), said);
        }
        assert!(read(&format!("{{\"a\": {}", "[".repeat(100_000) + "}")).is_err());
    }

    #[test]
    fn code_is_one_call_and_its_comments() {
        let read = |text: &str| code_as_action::read(text, &WEBSHOP);
        let text = "I search.\n```python\n# Red ones\n# are rare.\nsearch(\"red shoes\")  # see\n```\nDone.";
        assert_eq!(read(text), Ok(intent("Red ones\nare rare.\nsee", "search[red shoes]")));
        assert_eq!(read("```\nclick(item='Buy Now')\n```"), Ok(intent("", "click[Buy Now]")));
        assert_eq!(read("click('a```b')"), Err(CallError::Expected { expected: "`(`", at: 1 }.into()));
        assert_eq!(read("search('x')"), Ok(intent("", "search[x]")));
        assert!(read("```python\nimport os\nsearch('x')\n```").is_err());
        assert_eq!(read("exit()").expect_err("no function").to_string(), "there is no function `exit`");
    }

    #[test]
    fn what_cannot_be_said_is_not_written() {
        let dance = intent("", "dance");
        assert_eq!(function_calling::write(&dance, &ALFWORLD), None);
        assert_eq!(code_as_action::write(&dance, &ALFWORLD), None);
        let take = intent("It \"is\" here.", "take mug 1 from desk 2");
        let json = "{\"thought\": \"It \\\"is\\\" here.\", \"function_name\": \"take\", \"arguments\": {\"obj\": \"mug 1\", \
                    \"recep\": \"desk 2\"}}";
        assert_eq!(function_calling::write(&take, &ALFWORLD).as_deref(), Some(json));
        let code = "```python\n# It \"is\" here.\ntake(\"mug 1\", \"desk 2\")\n```";
        assert_eq!(code_as_action::write(&take, &ALFWORLD).as_deref(), Some(code));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            thought in "([a-zA-Z\"'\\\\{}.,é:]([ a-zA-Z\"'\\\\{}.,é:]*[a-z.])?)?",
            keywords in "[a-z\"'\\\\{}.,é\\[\\]]([ a-z\"'\\\\{}#`,é\\[\\]]*[a-z\\]])?",
        ) {
            let intent = Intent { thought, action: format!("search[{keywords}]") };
            prop_assert_eq!(&react::read(&react::write(&intent)), &intent);
            let json = function_calling::write(&intent, &WEBSHOP).expect("a function");
            prop_assert_eq!(function_calling::read(&json, &WEBSHOP), Ok(intent.clone()));
            let code = code_as_action::write(&intent, &WEBSHOP).expect("a function");
            prop_assert_eq!(code_as_action::read(&code, &WEBSHOP), Ok(intent));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[a-z\"'{}\\[\\](),:=#`\\\\ \n]{0,80}|.*") {
            let _ = react::read(&text);
            let _ = function_calling::read(&text, &SCIWORLD);
            let _ = code_as_action::read(&text, &SCIWORLD);
        }
    }
}
