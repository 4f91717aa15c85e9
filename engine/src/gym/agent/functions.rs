//! The functions by which an agent may act instead of writing an action: `take(obj, recep)` for `take X from Y`.

use thiserror::Error;

use super::call::Argument;

/// A function, and the action that a call of it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// What it takes, all of it texts.
    pub parameters: &'static [&'static str],
    /// The action, with parameters in braces.
    template: &'static str,
    /// What it does, in our words.
    pub summary: &'static str,
}

/// Arguments that are not those of the function.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BindError {
    /// There is no such function.
    #[error("there is no function `{name}`")]
    Unknown {
        /// What was called.
        name: String,
    },
    /// One is missing, there is one too many, or one has a wrong name.
    #[error("`{name}` takes ({}), but it was given ({})", expected.join(", "), found.join(", "))]
    Arguments {
        /// The function.
        name: &'static str,
        /// Its parameters.
        expected: &'static [&'static str],
        /// What was given: names, or values where there is none.
        found: Vec<String>,
    },
}

const fn f(
    name: &'static str,
    parameters: &'static [&'static str],
    template: &'static str,
    summary: &'static str,
) -> Function {
    Function { name, parameters, template, summary }
}

/// WebShop's.
pub static WEBSHOP: [Function; 2] = [
    f("search", &["keywords"], "search[{keywords}]", "Search the shop."),
    f("click", &["item"], "click[{item}]", "Press a button or follow a link of the page."),
];

/// ALFWorld's.
pub static ALFWORLD: [Function; 13] = [
    f("goto", &["recep"], "go to {recep}", "Walk to a place."),
    f("take", &["obj", "recep"], "take {obj} from {recep}", "Pick up an object where you are."),
    f("put", &["obj", "recep"], "put {obj} in/on {recep}", "Put down what you carry."),
    f("open", &["recep"], "open {recep}", "Open a place that is closed."),
    f("close", &["recep"], "close {recep}", "Close a place that is open."),
    f("toggle", &["obj"], "toggle {obj}", "Switch an object on or off."),
    f("heat", &["obj", "recep"], "heat {obj} with {recep}", "Heat what you carry."),
    f("cool", &["obj", "recep"], "cool {obj} with {recep}", "Cool what you carry."),
    f("clean", &["obj", "recep"], "clean {obj} with {recep}", "Clean what you carry."),
    f("examine", &["obj"], "examine {obj}", "Look at an object or a place closely."),
    f("inventory", &[], "inventory", "See what you carry."),
    f("look", &[], "look", "See where you are."),
    f("use", &["obj"], "use {obj}", "Use an object, such as a lamp."),
];

/// ScienceWorld's. `lookin` is described by the original and missing from its table; here it can be called.
pub static SCIWORLD: [Function; 26] = [
    f("open", &["obj"], "open {obj}", "Open a container or a door."),
    f("close", &["obj"], "close {obj}", "Close a container or a door."),
    f("activate", &["obj"], "activate {obj}", "Switch a device on."),
    f("deactivate", &["obj"], "deactivate {obj}", "Switch a device off."),
    f("connect", &["obj1", "obj2"], "connect {obj1} to {obj2}", "Connect two parts of a circuit."),
    f("disconnect", &["obj"], "disconnect {obj}", "Take a part out of its circuit."),
    f("use", &["tool", "obj"], "use {tool} on {obj}", "Use a tool on something."),
    f("lookaround", &[], "look around", "See the room."),
    f("lookat", &["obj"], "look at {obj}", "See what something looks like."),
    f("lookin", &["obj"], "look in {obj}", "See what is in something."),
    f("read", &["obj"], "read {obj}", "Read a note or a book."),
    f("move", &["obj", "container"], "move {obj} to {container}", "Put something into a container."),
    f("pickup", &["obj"], "pick up {obj}", "Take something with you."),
    f("drop", &["obj"], "put down {obj}", "Leave something here."),
    f("pour", &["liq", "container"], "pour {liq} in {container}", "Pour a liquid into a container."),
    f("dunk", &["container", "liq"], "dunk {container} in {liq}", "Dip a container into a liquid."),
    f("mix", &["obj"], "mix {obj}", "Mix what is in a container."),
    f("goto", &["loc"], "go to {loc}", "Go to a room next to this one."),
    f("eat", &["obj"], "eat {obj}", "Eat something."),
    f("flush", &["obj"], "flush {obj}", "Flush a toilet."),
    f("focus", &["obj"], "focus on {obj}", "Say which object the task is about."),
    f("wait", &["duration"], "wait1", "Let one step of time pass, whatever the duration."),
    f("task", &[], "task", "Read the task again."),
    f("inventory", &[], "inventory", "See what you carry."),
    f("examine", &["obj"], "examine {obj}", "Look at something closely."),
    f("choose", &["option"], "{option}", "Answer a question about what you meant by a number."),
];

impl Function {
    /// The function of this name.
    ///
    /// # Errors
    /// [`BindError::Unknown`] where the table has none.
    pub(super) fn find<'a>(functions: &'a [Self], name: &str) -> Result<&'a Self, BindError> {
        let function = functions.iter().find(|function| function.name == name);
        function.ok_or_else(|| BindError::Unknown { name: name.to_owned() })
    }

    /// The action that a call means. A single argument of a single parameter may have any name.
    ///
    /// # Errors
    /// [`BindError::Arguments`] where they are not the function's.
    pub fn action(&self, arguments: &[Argument]) -> Result<String, BindError> {
        let value = |(at, parameter): (usize, &&'static str)| {
            let argument = match arguments {
                [only] if self.parameters.len() == 1 => Some(only),
                _ => arguments.iter().enumerate().find_map(|(place, argument)| {
                    let is_it = argument.name.as_ref().map_or(place == at, |name| name == *parameter);
                    is_it.then_some(argument)
                }),
            };
            argument.map(|argument| (*parameter, &*argument.value))
        };
        let values: Option<Vec<(&str, &str)>> = self.parameters.iter().enumerate().map(value).collect();
        let values = values.filter(|values| values.len() == arguments.len()).ok_or_else(|| {
            let found = arguments.iter().map(|it| it.name.clone().unwrap_or_else(|| format!("{:?}", it.value)));
            BindError::Arguments { name: self.name, expected: self.parameters, found: found.collect() }
        })?;
        let pieces = pieces(self.template).into_iter().map(|piece| match piece {
            Piece::Text(text) => text,
            Piece::Parameter(name) => values.iter().find(|(parameter, _)| *parameter == name).map_or("", |it| it.1),
        });
        Ok(pieces.collect())
    }

    /// The arguments with which the function means this action, in the order of its parameters; what the action does not
    /// say is `1`. A function whose action is its argument and nothing else means numbers only: it would mean anything.
    fn arguments<'a>(&self, action: &'a str) -> Option<Vec<&'a str>> {
        let mut values = vec!["1"; self.parameters.len()];
        let (mut rest, pieces) = (action, pieces(self.template));
        for (at, piece) in pieces.iter().enumerate() {
            match *piece {
                Piece::Text(text) => rest = rest.strip_prefix(text)?,
                Piece::Parameter(name) => {
                    let end = match pieces[at + 1..] {
                        [Piece::Text(last)] => rest.strip_suffix(last)?.len(),
                        [Piece::Text(next), ..] => rest.find(next)?,
                        _ => rest.len(),
                    };
                    let place = self.parameters.iter().position(|parameter| *parameter == name)?;
                    values[place] = rest.get(..end).filter(|value| !value.is_empty())?;
                    rest = &rest[end..];
                }
            }
        }
        let is_bare = pieces.len() == self.parameters.len();
        let is_option = |value: &&str| value.bytes().all(|byte| byte.is_ascii_digit());
        (rest.is_empty() && (!is_bare || values.iter().all(is_option))).then_some(values)
    }

    /// The call that means an action, by the first function of a table that can mean it.
    pub(super) fn call_of<'a>(
        functions: &'static [Self],
        action: &'a str,
    ) -> Option<(&'static Self, Vec<(&'static str, &'a str)>)> {
        functions.iter().find_map(|function| {
            let values = function.arguments(action)?;
            Some((function, function.parameters.iter().copied().zip(values).collect()))
        })
    }
}

#[derive(Clone, Copy)]
enum Piece {
    Text(&'static str),
    Parameter(&'static str),
}

fn pieces(template: &'static str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some((text, (name, after))) =
        rest.split_once('{').and_then(|(text, it)| Some((text, it.split_once('}')?)))
    {
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        pieces.push(Piece::Parameter(name));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

/// The functions as a prompt for function calling describes them: OpenAI's list of tools, as JSON.
#[must_use]
pub fn tools(functions: &[Function]) -> String {
    let tool = |function: &Function| {
        let properties: serde_json::Map<String, serde_json::Value> = function
            .parameters
            .iter()
            .map(|parameter| ((*parameter).to_owned(), serde_json::json!({ "type": "string" })))
            .collect();
        serde_json::json!({
            "type": "function",
            "function": {
                "name": function.name,
                "description": function.summary,
                "parameters": { "type": "object", "properties": properties, "required": function.parameters },
            },
        })
    };
    serde_json::Value::from(functions.iter().map(tool).collect::<Vec<_>>()).to_string()
}

/// The functions as a prompt for code describes them.
#[must_use]
pub fn signatures(functions: &[Function]) -> String {
    let signature = |function: &Function| {
        let Function { name, parameters, summary, .. } = function;
        format!("def {name}({}):  # {summary}", parameters.join(", "))
    };
    functions.iter().map(signature).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn given(arguments: &[(&str, &str)]) -> Vec<Argument> {
        let name = |name: &str| Some(name.to_owned()).filter(|name| !name.is_empty());
        arguments.iter().map(|(n, value)| Argument { name: name(n), value: (*value).to_owned() }).collect()
    }

    /// Each function with arguments of its own, and back.
    #[test]
    fn every_function_means_an_action_and_is_found_by_it() {
        for table in [&WEBSHOP[..], &ALFWORLD, &SCIWORLD] {
            let names: BTreeSet<&str> = table.iter().map(|function| function.name).collect();
            assert_eq!(names.len(), table.len());
            for function in table.iter().filter(|function| function.name != "choose") {
                let values = ["blue cup 1", "sink 2"];
                let arguments: Vec<(&str, &str)> = function.parameters.iter().copied().zip(values).collect();
                let action = function.action(&given(&arguments)).expect("its own parameters");
                let (found, back) = Function::call_of(table, &action).expect("a function");
                assert_eq!(found, function, "{action}");
                if function.name != "wait" {
                    assert_eq!(back, arguments, "{action}");
                }
                assert!(!action.contains(['{', '}']), "{action}");
            }
        }
        assert_eq!((WEBSHOP.len(), ALFWORLD.len(), SCIWORLD.len()), (2, 13, 25 + 1));
    }

    #[test]
    fn actions_are_those_of_the_environments() {
        let action = |table: &'static [Function], name: &str, arguments: &[(&str, &str)]| {
            Function::find(table, name).expect("a function").action(&given(arguments)).expect("its parameters")
        };
        assert_eq!(action(&WEBSHOP, "search", &[("keywords", "red [big] {shoe}")]), "search[red [big] {shoe}]");
        assert_eq!(action(&WEBSHOP, "click", &[("anything", "Buy Now")]), "click[Buy Now]");
        assert_eq!(action(&ALFWORLD, "put", &[("recep", "desk 1"), ("obj", "{recep}")]), "put {recep} in/on desk 1");
        assert_eq!(
            action(&ALFWORLD, "heat", &[("", "egg 1"), ("recep", "microwave 1")]),
            "heat egg 1 with microwave 1"
        );
        assert_eq!(action(&SCIWORLD, "dunk", &[("", "cup"), ("", "water")]), "dunk cup in water");
        assert_eq!(action(&SCIWORLD, "wait", &[("", "10")]), "wait1");
        assert_eq!(action(&SCIWORLD, "choose", &[("", "2")]), "2");
        let found = |table, action| Function::call_of(table, action).map(|(function, values)| (function.name, values));
        assert_eq!(found(&WEBSHOP, "search[a]b]"), Some(("search", vec![("keywords", "a]b")])));
        assert_eq!(found(&SCIWORLD, "12"), Some(("choose", vec![("option", "12")])));
        assert_eq!(found(&SCIWORLD, "reset task"), None);
        assert_eq!(Function::call_of(&ALFWORLD, "dance"), None);
    }

    #[test]
    fn wrong_arguments_are_named() {
        let take = Function::find(&ALFWORLD, "take").expect("a function");
        let refused = |arguments: &[(&str, &str)]| take.action(&given(arguments)).expect_err("refused").to_string();
        assert_eq!(refused(&[("", "mug 1")]), "`take` takes (obj, recep), but it was given (\"mug 1\")");
        assert_eq!(refused(&[("obj", "a"), ("from", "b")]), "`take` takes (obj, recep), but it was given (obj, from)");
        assert!(take.action(&given(&[("", "a"), ("", "b"), ("", "c")])).is_err());
        assert!(take.action(&given(&[("", "a"), ("obj", "b")])).is_err());
        assert!(Function::find(&ALFWORLD, "look").expect("one").action(&given(&[("", "a")])).is_err());
        assert_eq!(Function::find(&ALFWORLD, "eval").expect_err("none").to_string(), "there is no function `eval`");
    }

    #[test]
    fn prompts_describe_all_parameters() {
        let tools: serde_json::Value = serde_json::from_str(&tools(&ALFWORLD)).expect("JSON");
        assert_eq!(tools[1]["function"]["parameters"]["required"], serde_json::json!(["obj", "recep"]));
        assert_eq!(tools.as_array().map(Vec::len), Some(13));
        assert!(signatures(&WEBSHOP).starts_with("def search(keywords):  # "));
    }
}
