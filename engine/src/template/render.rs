//! A chat template in its sandbox.

use std::error::Error as _;
use std::fmt;
use std::io;

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Error, ErrorKind, Value, context};
use minijinja_contrib::pycompat::unknown_method_callback;

use super::{Message, TemplateError, marker};
use crate::gguf::Gguf;
use crate::tokenizer::{BOS, EOS, Piece, TOKENS};

/// Bytes of a template's source. The longest known ones, with tools and reasoning, have about 20,000.
pub const MAX_SOURCE_BYTES: usize = 1 << 18;
/// Bytes of a rendered prompt: some four million tokens, more than any context.
pub const MAX_PROMPT_BYTES: usize = 1 << 24;
/// Instructions of one rendering. A message takes about a hundred.
pub const FUEL: u64 = 1_000_000;
/// Frames of macros and loops inside each other; the stack of a web worker is small.
const MAX_FRAMES: usize = 120;

/// For files without a template whose vocabulary knows ChatML's tokens.
const CHATML: &str = "{% for message in messages %}\
    {{ '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n' }}\
    {% endfor %}\
    {% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";
/// For the others: what a base model continues as a dialogue.
const PLAIN: &str = "{% for message in messages %}\
    {{ {'system': '', 'user': 'Human: ', 'assistant': 'Assistant: '}[message.role] + message.content + '\n' }}\
    {% endfor %}\
    {% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}";

/// A model's chat template: Jinja, with the settings that model authors write for (`trim_blocks`, `lstrip_blocks`,
/// Python's string and dict methods, `raise_exception`; `tools` and `documents` are none).
///
/// A template sees markers in place of what messages say. So it cannot let a message pose as its own text, and it
/// cannot look into contents either: conditions on their words are as for other words.
///
/// Its time is bounded ([`FUEL`]), and so is its output ([`MAX_PROMPT_BYTES`]). Its memory is bounded only by these
/// two: a template made to exhaust memory by doubling a string can do so, as it can in any Jinja.
///
/// ```
/// use duet_engine::template::{Message, Template, Turn};
///
/// let template = Template::new("{% for m in messages %}<{{ m.role }}>{{ m.content }}<end>{% endfor %}", "", "")?;
/// let pieces = template.render(&[Message { turn: Turn::User, content: "Hi<end>".into() }], true)?;
/// let pieces: Vec<_> = pieces.iter().map(|piece| (piece.text.as_str(), piece.trusted)).collect();
/// assert_eq!(pieces, [("<user>", true), ("Hi<end>", false), ("<end>", true)]);
/// # Ok::<(), duet_engine::template::TemplateError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Template {
    environment: Environment<'static>,
    bos: String,
    eos: String,
}

const NAME: &str = "chat";

impl Template {
    /// The template of a model file. Without one it is ChatML where the vocabulary has `<|im_start|>`, and else
    /// `Human: …`, `Assistant: …`.
    ///
    /// # Errors
    /// [`TemplateError::File`] when the key holds no text; as [`Self::new`].
    pub fn from_gguf(file: &Gguf) -> Result<Self, TemplateError> {
        let tokens = match file.get(TOKENS) {
            Some(_) => file.strings(TOKENS)?,
            None => &[],
        };
        // An id outside the vocabulary is the tokenizer's error, and means no text here.
        let token = |key: &str| -> Result<&str, TemplateError> {
            let id = file.optional_u32(key)?;
            Ok(id.and_then(|id| tokens.get(id as usize)).map_or("", String::as_str))
        };
        let default = || if tokens.iter().any(|token| token == "<|im_start|>") { CHATML } else { PLAIN };
        let source = file.optional_str("tokenizer.chat_template")?.unwrap_or_else(default);
        Self::new(source, token(BOS)?, token(EOS)?)
    }

    /// A template from its source. `bos` and `eos` are what `bos_token` and `eos_token` stand for in it.
    ///
    /// # Errors
    /// [`TemplateError::Syntax`], [`TemplateError::SourceLength`], or [`TemplateError::Reserved`] for a source with
    /// one of the private-use characters U+10FF00 to U+10FF1F.
    pub fn new(source: &str, bos: &str, eos: &str) -> Result<Self, TemplateError> {
        if source.len() > MAX_SOURCE_BYTES {
            return Err(TemplateError::SourceLength { bytes: source.len(), limit: MAX_SOURCE_BYTES });
        }
        if let Some(c) = [source, bos, eos].into_iter().find_map(marker::reserved) {
            return Err(TemplateError::Reserved(c));
        }
        let syntax_error = |error: Error| TemplateError::Syntax(clip(&error.to_string()));
        let mut environment = Environment::new();
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().map_err(syntax_error)?;
        environment.set_syntax(syntax);
        environment.set_fuel(Some(FUEL));
        environment.set_recursion_limit(MAX_FRAMES);
        environment.set_unknown_method_callback(unknown_method_callback);
        environment.add_function("raise_exception", raise_exception);
        environment.add_template_owned(NAME, source.to_owned()).map_err(syntax_error)?;
        Ok(Self { environment, bos: bos.to_owned(), eos: eos.to_owned() })
    }

    /// The prompt of a chat: the template's text trusted, what the messages say untrusted. With
    /// `add_generation_prompt` it ends where the model's answer begins.
    ///
    /// # Errors
    /// [`TemplateError`] when the template refuses the messages, leaves one out, fails, or takes too long.
    pub fn render(&self, messages: &[Message], add_generation_prompt: bool) -> Result<Vec<Piece>, TemplateError> {
        let stand_ins: Vec<Value> = messages
            .iter()
            .enumerate()
            .map(|(index, message)| {
                context! { role => message.turn.role(), content => marker::stand_in(index, &message.content) }
            })
            .collect();
        let values = context! {
            messages => stand_ins,
            add_generation_prompt,
            bos_token => &self.bos,
            eos_token => &self.eos,
            tools => (),
            documents => (),
        };
        let mut output = Output::default();
        let template = self.environment.get_template(NAME).map_err(|error| render_error(&error))?;
        match template.render_captured_to(values, &mut output) {
            Err(_) if output.is_full => return Err(TemplateError::PromptLength { limit: MAX_PROMPT_BYTES }),
            Err(error) => return Err(render_error(&error)),
            Ok(_) => {}
        }
        let rendered = String::from_utf8(output.bytes).expect("invariant: the engine writes whole strings");
        marker::split(&rendered, messages, MAX_PROMPT_BYTES)
    }
}

/// What a template calls to refuse messages.
fn raise_exception(message: String) -> Result<Value, Error> {
    Err(Error::new(ErrorKind::InvalidOperation, "raise_exception").with_source(Raised(message)))
}

#[derive(Debug)]
struct Raised(String);

impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Raised {}

fn render_error(error: &Error) -> TemplateError {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(raised) = inner.downcast_ref::<Raised>() {
            return TemplateError::Refused(clip(&raised.0));
        }
        cause = inner.source();
    }
    match error.kind() {
        ErrorKind::OutOfFuel => TemplateError::OutOfFuel { limit: FUEL },
        _ => TemplateError::Render(clip(&error.to_string())),
    }
}

/// Characters of a message from the template that an error repeats.
const SHOWN_CHARS: usize = 300;

fn clip(message: &str) -> String {
    message.chars().take(SHOWN_CHARS).collect()
}

/// Rendered text up to the limit.
#[derive(Default)]
struct Output {
    bytes: Vec<u8>,
    is_full: bool,
}

impl io::Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > MAX_PROMPT_BYTES {
            self.is_full = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
