//! What a tokenizer is made of, and its place in a GGUF file.

use super::{PreTokenizer, TokenizerError};
use crate::gguf::{Array, Gguf, Value};

/// What a token is for. The numbers are those of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum TokenKind {
    /// Text, written in the byte alphabet ([`super::byte_char`]).
    Normal = 1,
    /// What stands for unknown text.
    Unknown = 2,
    /// Structure, such as the end of a turn; never part of the text.
    Control = 3,
    /// Text that is one token wherever trusted text has it; written as it is.
    UserDefined = 4,
    /// A place in the vocabulary that nothing uses.
    Unused = 5,
    /// One byte.
    Byte = 6,
}

impl TokenKind {
    fn from_id(token: usize, kind: i64) -> Result<Self, TokenizerError> {
        Ok(match kind {
            1 => Self::Normal,
            2 => Self::Unknown,
            3 => Self::Control,
            4 => Self::UserDefined,
            5 => Self::Unused,
            6 => Self::Byte,
            _ => return Err(TokenizerError::Kind { token, kind }),
        })
    }
}

/// The parts of a byte-level BPE tokenizer, as a file stores them and a trainer makes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenizerParts {
    /// Texts of the tokens; a token's id is its place.
    pub tokens: Vec<String>,
    /// What each token is for; as many as tokens.
    pub kinds: Vec<TokenKind>,
    /// Two token texts with a space between them; the earlier goes first.
    pub merges: Vec<String>,
    /// How text is split into words.
    pub pre: PreTokenizer,
    /// The token that begins a text.
    pub bos: Option<u32>,
    /// The token that ends a text.
    pub eos: Option<u32>,
    /// The token that ends a turn, where it is not `eos`.
    pub eot: Option<u32>,
    /// Whether prompts begin with `bos`.
    pub adds_bos: bool,
}

const MODEL: &str = "tokenizer.ggml.model";
const PRE: &str = "tokenizer.ggml.pre";
pub(crate) const TOKENS: &str = "tokenizer.ggml.tokens";
const KINDS: &str = "tokenizer.ggml.token_type";
const MERGES: &str = "tokenizer.ggml.merges";
pub(crate) const BOS: &str = "tokenizer.ggml.bos_token_id";
pub(crate) const EOS: &str = "tokenizer.ggml.eos_token_id";
pub(super) const EOT: &str = "tokenizer.ggml.eot_token_id";
const ADDS_BOS: &str = "tokenizer.ggml.add_bos_token";

impl TokenizerParts {
    /// Reads the parts from a file. A file that names no pre-tokenizer gets GPT-2's.
    ///
    /// # Errors
    /// [`TokenizerError`] naming the key, or the model or pre-tokenizer that is not supported.
    pub fn from_gguf(file: &Gguf) -> Result<Self, TokenizerError> {
        let model = file.str(MODEL)?;
        if model != "gpt2" {
            return Err(TokenizerError::Model(model.chars().take(80).collect()));
        }
        let name = file.optional_str(PRE)?.unwrap_or("gpt-2");
        let pre = PreTokenizer::from_name(name)
            .ok_or_else(|| TokenizerError::PreTokenizer(name.chars().take(80).collect()))?;
        let tokens = file.strings(TOKENS)?.to_vec();
        let kinds = match file.optional_i64s(KINDS)? {
            Some(kinds) => {
                kinds.into_iter().enumerate().map(|(i, k)| TokenKind::from_id(i, k)).collect::<Result<_, _>>()?
            }
            None => vec![TokenKind::Normal; tokens.len()],
        };
        Ok(Self {
            tokens,
            kinds,
            merges: file.strings(MERGES)?.to_vec(),
            pre,
            bos: file.optional_u32(BOS)?,
            eos: file.optional_u32(EOS)?,
            eot: file.optional_u32(EOT)?,
            adds_bos: file.optional_bool(ADDS_BOS)?.unwrap_or(false),
        })
    }

    /// The metadata of a file with this tokenizer: the inverse of [`Self::from_gguf`].
    #[must_use]
    pub fn to_metadata(&self) -> Vec<(String, Value)> {
        let kinds = self.kinds.iter().map(|kind| *kind as i32).collect();
        let mut metadata = vec![
            (MODEL, Value::from("gpt2")),
            (PRE, Value::from(self.pre.name())),
            (TOKENS, Value::from(self.tokens.clone())),
            (KINDS, Value::Array(Array::I32(kinds))),
            (MERGES, Value::from(self.merges.clone())),
            (ADDS_BOS, Value::from(self.adds_bos)),
        ];
        for (key, id) in [(BOS, self.bos), (EOS, self.eos), (EOT, self.eot)] {
            metadata.extend(id.map(|id| (key, Value::from(id))));
        }
        metadata.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    }
}
