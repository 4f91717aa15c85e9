//! The fields of a chat request.

use duet_engine::runtime::{Limits, Sampling};
use duet_engine::template::{Message, Turn};
use serde_json::Value;

use crate::ApiError;
use crate::engine_thread::ChatJob;
use crate::fields::{Fields, excerpt, wrong};

/// OpenAI's limit.
const MAX_STOPS: usize = 4;

/// Characters of one stop string: a longer one holds back text that nobody sees for too long.
const MAX_STOP_LENGTH: usize = 256;

/// A checked request.
#[derive(Debug, PartialEq)]
pub(super) struct ChatRequest {
    pub(super) job: ChatJob,
    /// Present when the answer is wanted as a stream.
    pub(super) stream: Option<StreamOptions>,
}

/// How the answer is streamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StreamOptions {
    /// A last chunk tells the tokens used.
    pub(super) include_usage: bool,
}

impl ChatRequest {
    /// Reads the fields that this server knows, refuses those whose absence would change the answer's meaning, and
    /// leaves the others aside. `random` gives the seed of a request that has none.
    pub(super) fn parse(fields: &Fields, limits: &Limits, random: fn() -> u64) -> Result<Self, ApiError> {
        refuse_unsupported(fields)?;
        let stream = fields.boolean("stream")?.unwrap_or(false);
        let include_usage = include_usage(fields)?;
        let job = ChatJob {
            messages: messages(fields)?,
            samples: fields.integer("n", 1..=*limits.samples.end() as u64)?.unwrap_or(1) as usize,
            max_tokens: max_tokens(fields, limits.context)?,
            sampling: sampling(fields, random)?,
            stop: stop(fields)?,
        };
        Ok(Self { job, stream: stream.then_some(StreamOptions { include_usage }) })
    }
}

/// Fields that change what an answer means, with the values that mean "as if absent".
fn refuse_unsupported(fields: &Fields) -> Result<(), ApiError> {
    const WITHOUT: &str = "this server answers in plain text";
    const FIXED: &str = "only temperature, top_p, top_k and seed shape the sampling";
    let neutral = |name: &str, value: &Value| match name {
        "tool_choice" => value == "none" || value == "auto",
        "response_format" => value.get("type").is_some_and(|kind| kind == "text"),
        "modalities" => value == &serde_json::json!(["text"]),
        "repetition_penalty" | "repeat_penalty" => value.as_f64() == Some(1.0),
        _ => is_empty(value),
    };
    let named = |reason, names: &[&'static str]| names.iter().map(|name| (*name, reason)).collect::<Vec<_>>();
    let known = [
        named(
            WITHOUT,
            &["tools", "tool_choice", "functions", "function_call", "response_format", "grammar", "json_schema"],
        ),
        named(WITHOUT, &["modalities", "audio", "logprobs", "top_logprobs", "web_search_options"]),
        named(
            FIXED,
            &["logit_bias", "frequency_penalty", "presence_penalty", "repetition_penalty", "repeat_penalty", "min_p"],
        ),
    ];
    let mut present = known.concat().into_iter().filter_map(|(name, reason)| Some((name, fields.value(name)?, reason)));
    match present.find(|(name, value, _)| !neutral(name, value)) {
        Some((param, _, reason)) => Err(ApiError::Unsupported { param: param.to_owned(), reason: reason.to_owned() }),
        None => Ok(()),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(true) => false,
    }
}

fn include_usage(fields: &Fields) -> Result<bool, ApiError> {
    let Some(options) = fields.value("stream_options") else { return Ok(false) };
    match options.get("include_usage") {
        None | Some(Value::Null) if options.is_object() => Ok(false),
        Some(Value::Bool(include)) => Ok(*include),
        _ => Err(wrong("stream_options", options, "an object whose `include_usage` is true or false")),
    }
}

fn max_tokens(fields: &Fields, context: usize) -> Result<Option<usize>, ApiError> {
    let range = 1..=context as u64;
    let newer = fields.integer("max_completion_tokens", range.clone())?;
    let older = fields.integer("max_tokens", range)?;
    Ok(newer.or(older).map(|tokens| tokens as usize))
}

fn sampling(fields: &Fields, random: fn() -> u64) -> Result<Sampling, ApiError> {
    let temperature = fields.number("temperature")?.unwrap_or(1.0);
    let top_p = fields.number("top_p")?.unwrap_or(1.0);
    let top_k = fields.integer("top_k", 0..=u64::from(u32::MAX))?.unwrap_or(0) as u32;
    // 53 bits: clients that read JSON numbers as doubles get back the seed that was used.
    let seed = seed(fields)?.unwrap_or_else(|| random() >> 11);
    Ok(Sampling::new(temperature, top_k, top_p, seed)?)
}

/// Any 64-bit integer: OpenAI's seeds may be negative.
fn seed(fields: &Fields) -> Result<Option<u64>, ApiError> {
    let Some(value) = fields.value("seed") else { return Ok(None) };
    let seed = value.as_u64().or_else(|| value.as_i64().map(i64::cast_unsigned));
    seed.map(Some).ok_or_else(|| wrong("seed", value, "a 64-bit integer"))
}

fn stop(fields: &Fields) -> Result<Vec<String>, ApiError> {
    let rule = format!("a string or up to {MAX_STOPS} strings of 1 to {MAX_STOP_LENGTH} characters");
    let Some(value) = fields.value("stop") else { return Ok(Vec::new()) };
    let stops: Option<Vec<String>> = match value {
        Value::String(stop) => Some(vec![stop.clone()]),
        Value::Array(stops) => stops.iter().map(|stop| stop.as_str().map(str::to_owned)).collect(),
        _ => None,
    };
    let fits = |stops: &Vec<String>| {
        stops.len() <= MAX_STOPS && stops.iter().all(|stop| (1..=MAX_STOP_LENGTH).contains(&stop.chars().count()))
    };
    stops.filter(fits).ok_or_else(|| wrong("stop", value, &rule))
}

fn messages(fields: &Fields) -> Result<Vec<Message>, ApiError> {
    let Some(value) = fields.value("messages") else {
        return Err(ApiError::field("messages", "`messages` is missing, it must be a list of at least one message"));
    };
    match value.as_array() {
        Some(list) if !list.is_empty() => list.iter().enumerate().map(|(index, item)| message(index, item)).collect(),
        _ => Err(wrong("messages", value, "a list of at least one message")),
    }
}

fn message(index: usize, value: &Value) -> Result<Message, ApiError> {
    let name = |part: &str| format!("messages[{index}].{part}");
    let absent = Value::Null;
    let field = |part: &str| value.get(part).unwrap_or(&absent);
    let turn = match field("role").as_str() {
        Some("system" | "developer") => Turn::System,
        Some("user") => Turn::User,
        Some("assistant") => Turn::Assistant,
        _ => return Err(wrong(&name("role"), field("role"), "`system`, `developer`, `user` or `assistant`")),
    };
    let content = content(&name("content"), field("content"))?;
    Ok(Message { turn, content })
}

/// A string, or a list of text parts that are joined.
fn content(name: &str, value: &Value) -> Result<String, ApiError> {
    let part = |part: &Value| match (part.get("type").and_then(Value::as_str), part.get("text").and_then(Value::as_str))
    {
        (Some("text"), Some(text)) => Ok(text.to_owned()),
        _ => Err(ApiError::field(
            name,
            format!("`{name}` has the part {}, only text parts are supported", excerpt(part)),
        )),
    };
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Array(parts) => parts.iter().map(part).collect(),
        _ => Err(wrong(name, value, "a string or a list of text parts")),
    }
}
