//! Text to token ids and back: byte-level BPE from a GGUF file's metadata.
//!
//! Text from people and models is untrusted: it can never become a control token, whatever it spells. Only the text
//! of a template is trusted ([`Piece`]).

mod alphabet;
mod error;
mod merge;
mod parts;
mod special;
mod split;
mod stream;

use std::collections::HashMap;
use std::ops::Range;

pub use alphabet::byte_char;
pub use error::TokenizerError;
pub(crate) use parts::{BOS, EOS, TOKENS};
pub use parts::{TokenKind, TokenizerParts};
pub use split::PreTokenizer;
pub use stream::Detokenizer;

use crate::gguf::Gguf;
use merge::{Merge, Merges, Scratch};
use special::{Part, Specials};

/// Tokens in a vocabulary: as many as [`crate::backend::Shape::validate`] allows embeddings.
pub const MAX_VOCAB: usize = 1 << 22;

/// A stretch of a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The text.
    pub text: String,
    /// Whether special tokens in it are meant: true for a template's own text, false for what people and models wrote.
    pub trusted: bool,
}

/// A byte-level BPE tokenizer.
///
/// ```
/// use duet_engine::tokenizer::{Piece, PreTokenizer, TokenKind, Tokenizer, TokenizerParts, byte_char};
///
/// let mut tokens: Vec<String> = (0..=255).map(|byte| byte_char(byte).to_string()).collect();
/// let mut kinds = vec![TokenKind::Normal; 257];
/// tokens.extend(["ab".to_owned(), "<end>".to_owned()]);
/// kinds.push(TokenKind::Control);
/// let (merges, pre) = (vec!["a b".to_owned()], PreTokenizer::Gpt2);
/// let parts = TokenizerParts { tokens, kinds, merges, pre, bos: None, eos: Some(257), eot: None, adds_bos: false };
/// let tokenizer = Tokenizer::new(&parts)?;
///
/// assert_eq!(tokenizer.encode_text("abc"), [256, 99]);
/// assert_eq!(tokenizer.encode_trusted("ab<end>"), [256, 257]);
/// assert!(!tokenizer.encode_text("ab<end>").contains(&257), "untrusted text cannot end the turn");
/// assert_eq!(tokenizer.decode(&[256, 99, 257]), "abc");
/// # Ok::<(), duet_engine::tokenizer::TokenizerError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Tokenizer {
    bytes: Vec<u8>,           // of all tokens, one after the other
    spans: Vec<Range<usize>>, // (vocab) where each token's bytes lie
    kinds: Vec<TokenKind>,    // (vocab)
    merges: Merges,
    specials: Specials, // tokens that trusted text can spell
    phrases: Specials,  // those of them that any text can spell
    pre: PreTokenizer,
    bos: Option<u32>,
    eos: Option<u32>,
    ends: Vec<u32>,
    adds_bos: bool,
}

/// Special tokens that end a turn or a text in one model family or another.
const END_TEXTS: [&str; 9] = [
    "<|im_end|>",
    "<|endoftext|>",
    "<|end_of_text|>",
    "<|eot_id|>",
    "<|eom_id|>",
    "<|end|>",
    "<end_of_turn>",
    "<eos>",
    "</s>",
];

impl Tokenizer {
    /// The tokenizer of a model file.
    ///
    /// # Errors
    /// [`TokenizerError`] naming what is missing, out of range or not supported.
    pub fn from_gguf(file: &Gguf) -> Result<Self, TokenizerError> {
        Self::new(&TokenizerParts::from_gguf(file)?)
    }

    /// A tokenizer from its parts.
    ///
    /// # Errors
    /// [`TokenizerError`] when there are no or too many tokens, not as many kinds as tokens, a special id outside the
    /// vocabulary, or a merge of tokens that are not there.
    pub fn new(parts: &TokenizerParts) -> Result<Self, TokenizerError> {
        check(parts)?;
        let (mut bytes, mut spans) = (Vec::new(), Vec::with_capacity(parts.tokens.len()));
        for (text, kind) in parts.tokens.iter().zip(&parts.kinds) {
            let start = bytes.len();
            match is_verbatim(*kind) {
                true => bytes.extend_from_slice(text.as_bytes()),
                false => alphabet::push_bytes(text, &mut bytes),
            }
            spans.push(start..bytes.len());
        }
        let special =
            |(id, kind): (usize, &TokenKind)| is_verbatim(*kind).then(|| (parts.tokens[id].as_str(), id as u32));
        Ok(Self {
            bytes,
            spans,
            kinds: parts.kinds.clone(),
            merges: merges(parts)?,
            specials: Specials::new(parts.kinds.iter().enumerate().filter_map(special)),
            phrases: Specials::new(
                parts.kinds.iter().enumerate().filter_map(special).filter(|(_, id)| is_phrase(parts, *id)),
            ),
            pre: parts.pre,
            bos: parts.bos,
            eos: parts.eos,
            ends: ends(parts),
            adds_bos: parts.adds_bos,
        })
    }

    /// Token ids of a prompt. Special tokens (control and user-defined) are recognised inside trusted pieces; in others
    /// only user-defined tokens that do not look like structure (`<…>`, `[…]`), phrases, that is. The text between
    /// them is tokenized as one, across the borders of pieces. Nothing is added.
    #[must_use]
    pub fn encode(&self, pieces: &[Piece]) -> Vec<u32> {
        let mut prompt = Prompt { tokenizer: self, text: String::new(), scratch: Scratch::default(), ids: Vec::new() };
        for piece in pieces {
            match piece.trusted {
                true => prompt.push_trusted(&piece.text),
                false => prompt.text.push_str(&piece.text),
            }
        }
        prompt.end_text();
        prompt.ids
    }

    /// Token ids of a text in which nothing but phrases is special.
    #[must_use]
    pub fn encode_text(&self, text: &str) -> Vec<u32> {
        self.encode(&[Piece { text: text.to_owned(), trusted: false }])
    }

    /// Token ids of a text whose special tokens are meant.
    #[must_use]
    pub fn encode_trusted(&self, text: &str) -> Vec<u32> {
        self.encode(&[Piece { text: text.to_owned(), trusted: true }])
    }

    /// Tokens in the vocabulary.
    #[must_use]
    pub fn vocab_len(&self) -> usize {
        self.spans.len()
    }

    /// The token that begins a text, if the model has one.
    #[must_use]
    pub fn bos(&self) -> Option<u32> {
        self.bos
    }

    /// The token that ends a text, if the model has one.
    #[must_use]
    pub fn eos(&self) -> Option<u32> {
        self.eos
    }

    /// Whether generation ends with this token: the file's end tokens and known control tokens that end a turn.
    #[must_use]
    pub fn is_end(&self, id: u32) -> bool {
        self.ends.contains(&id)
    }

    /// Whether prompts of this model begin with [`Self::bos`].
    #[must_use]
    pub fn adds_bos(&self) -> bool {
        self.adds_bos
    }

    /// The bytes of a token (a control token's are its name), or nothing outside the vocabulary.
    #[must_use]
    pub fn token_bytes(&self, id: u32) -> Option<&[u8]> {
        Some(&self.bytes[self.spans.get(id as usize)?.clone()])
    }

    /// The bytes that a token adds to the text: none for control tokens and ids outside the vocabulary.
    fn text_bytes(&self, id: u32) -> &[u8] {
        match self.kinds.get(id as usize) {
            None | Some(TokenKind::Control | TokenKind::Unknown) => &[],
            Some(_) => self.token_bytes(id).unwrap_or_default(),
        }
    }

    /// The text of tokens, without control tokens; bytes that are not UTF-8 become U+FFFD.
    #[must_use]
    pub fn decode(&self, ids: &[u32]) -> String {
        let bytes: Vec<u8> = ids.iter().flat_map(|id| self.text_bytes(*id)).copied().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Starts turning tokens into text one by one.
    #[must_use]
    pub fn detokenizer(&self) -> Detokenizer<'_> {
        Detokenizer::new(self)
    }
}

/// A prompt while it is being encoded.
struct Prompt<'a> {
    tokenizer: &'a Tokenizer,
    text: String, // since the last special token
    scratch: Scratch,
    ids: Vec<u32>,
}

impl Prompt<'_> {
    fn push_trusted(&mut self, text: &str) {
        let tokenizer = self.tokenizer;
        tokenizer.specials.split(text, |part| match part {
            Part::Text(text) => self.text.push_str(text),
            Part::Special(id) => {
                self.end_text();
                self.ids.push(id);
            }
        });
    }

    fn end_text(&mut self) {
        let Self { tokenizer, text, scratch, ids } = self;
        tokenizer.phrases.split(text, |part| match part {
            Part::Text(text) => {
                for word in tokenizer.pre.words(text) {
                    tokenizer.merges.encode(word.as_bytes(), scratch, ids);
                }
            }
            Part::Special(id) => ids.push(id),
        });
        text.clear();
    }
}

/// Tokens whose text is itself rather than spelled in the byte alphabet.
fn is_verbatim(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Control | TokenKind::Unknown | TokenKind::UserDefined)
}

/// Whether any text may spell this special token: it is user-defined and no markup. Some files declare the marks of their
/// chat format user-defined; a visitor must not be able to end a turn with one.
fn is_phrase(parts: &TokenizerParts, id: u32) -> bool {
    let text = parts.tokens[id as usize].as_str();
    let bracketed = |open, close| text.starts_with(open) && text.ends_with(close);
    parts.kinds[id as usize] == TokenKind::UserDefined && !bracketed('<', '>') && !bracketed('[', ']')
}

fn check(parts: &TokenizerParts) -> Result<(), TokenizerError> {
    let vocab = parts.tokens.len();
    let count = |what: &str, value, rule| Err(TokenizerError::Count { what: what.to_owned(), value, rule });
    if !(1..=MAX_VOCAB).contains(&vocab) {
        return count("the number of tokens", vocab, format!("within 1..={MAX_VOCAB}"));
    }
    if parts.kinds.len() != vocab {
        return count("the number of token types", parts.kinds.len(), format!("that of the tokens, {vocab}"));
    }
    for (key, id) in [(BOS, parts.bos), (EOS, parts.eos), (parts::EOT, parts.eot)] {
        if let Some(id) = id.filter(|id| *id as usize >= vocab) {
            return Err(TokenizerError::Id { key, id, vocab });
        }
    }
    let mut verbatim = parts.tokens.iter().zip(&parts.kinds).filter(|(_, kind)| is_verbatim(**kind));
    if let Some((text, _)) = verbatim.find(|(text, _)| text.len() > Specials::MAX_BYTES) {
        return count("the length of a special token", text.len(), format!("at most {}", Specials::MAX_BYTES));
    }
    Ok(())
}

fn ends(parts: &TokenizerParts) -> Vec<u32> {
    let mut ends: Vec<u32> = parts.eos.into_iter().chain(parts.eot).collect();
    for (id, (text, kind)) in parts.tokens.iter().zip(&parts.kinds).enumerate() {
        if is_verbatim(*kind) && END_TEXTS.contains(&text.as_str()) && !ends.contains(&(id as u32)) {
            ends.push(id as u32);
        }
    }
    ends
}

/// The merges over token ids. Control tokens take no part, so that no text can be merged into one.
fn merges(parts: &TokenizerParts) -> Result<Merges, TokenizerError> {
    let of_kind = |verbatim: bool| {
        let all = parts.tokens.iter().zip(&parts.kinds).enumerate();
        all.filter(move |(_, (_, kind))| is_verbatim(**kind) == verbatim)
            .map(|(id, (text, _))| (text.as_str(), id as u32))
    };
    // Where two tokens have one text, text is written with the ordinary one.
    let ids: HashMap<&str, u32> = of_kind(true).chain(of_kind(false)).collect();
    let is_control = |id: u32| matches!(parts.kinds[id as usize], TokenKind::Control | TokenKind::Unknown);
    let mut bytes = [None; 256];
    for byte in 0..=255u8 {
        let text = byte_char(byte).to_string();
        bytes[usize::from(byte)] = ids.get(text.as_str()).copied().filter(|id| !is_control(*id));
    }
    let mut pairs = HashMap::with_capacity(parts.merges.len());
    for (index, merge) in parts.merges.iter().enumerate() {
        let wrong = |reason| TokenizerError::Merge { index, merge: merge.chars().take(80).collect(), reason };
        let (left, right) = merge.split_once(' ').ok_or_else(|| wrong("there is no space in it"))?;
        let id = |text: &str| ids.get(text).copied().ok_or_else(|| wrong("a token of it is not in the vocabulary"));
        let (left_id, right_id, merged) = (id(left)?, id(right)?, id(&format!("{left}{right}"))?);
        if ![left_id, right_id, merged].into_iter().any(is_control) {
            pairs.entry((left_id, right_id)).or_insert(Merge { rank: index as u32, merged });
        }
    }
    Ok(Merges { bytes, pairs })
}
