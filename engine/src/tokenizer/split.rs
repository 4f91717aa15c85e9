//! Pre-tokenizers: text to words, which merges never cross.
//!
//! A scanner by hand for the one regular expression that both use; a regex engine would double the page's size.

use unicode_general_category::{GeneralCategory, get_general_category};

/// How text is split into words before merging.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PreTokenizer {
    /// GPT-2: `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`.
    Gpt2,
    /// Every digit (`\p{N}`) alone, then GPT-2's expression on what lies between.
    SmolLm,
}

impl PreTokenizer {
    /// The pre-tokenizer that a file names in `tokenizer.ggml.pre`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "gpt-2" | "default" => Some(Self::Gpt2),
            "smollm" => Some(Self::SmolLm),
            _ => None,
        }
    }

    /// Its name in a file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gpt2 => "gpt-2",
            Self::SmolLm => "smollm",
        }
    }

    /// Splits a text into its words; joined again they are the text.
    ///
    /// ```
    /// use duet_engine::tokenizer::PreTokenizer;
    ///
    /// let words: Vec<&str> = PreTokenizer::SmolLm.words("It's  12 kg").collect();
    /// assert_eq!(words, ["It", "'s", "  ", "1", "2", " kg"]);
    /// ```
    pub fn words(self, text: &str) -> impl Iterator<Item = &str> {
        Words { rest: text, pre: self, span: 0 }
    }
}

struct Words<'a> {
    rest: &'a str,
    pre: PreTokenizer,
    span: usize, // bytes of `rest` before the next digit that stands alone
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let first = self.rest.chars().next()?;
        let len = match self.pre {
            PreTokenizer::Gpt2 => word_len(self.rest),
            PreTokenizer::SmolLm if class(first) == Class::Number => first.len_utf8(),
            PreTokenizer::SmolLm => {
                if self.span == 0 {
                    self.span = self.rest.find(|c| class(c) == Class::Number).unwrap_or(self.rest.len());
                }
                let len = word_len(&self.rest[..self.span]);
                self.span -= len;
                len
            }
        };
        let (word, rest) = self.rest.split_at(len);
        self.rest = rest;
        Some(word)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Space,
    Letter,
    Number,
    Other,
}

fn class(c: char) -> Class {
    match c {
        'a'..='z' | 'A'..='Z' => Class::Letter,
        '0'..='9' => Class::Number,
        _ if c.is_whitespace() => Class::Space,
        '\0'..='\x7f' => Class::Other,
        _ => unicode_class(c),
    }
}

fn unicode_class(c: char) -> Class {
    use GeneralCategory as G;
    match get_general_category(c) {
        G::UppercaseLetter | G::LowercaseLetter | G::TitlecaseLetter | G::ModifierLetter | G::OtherLetter => {
            Class::Letter
        }
        G::DecimalNumber | G::LetterNumber | G::OtherNumber => Class::Number,
        _ => Class::Other,
    }
}

/// Bytes of the longest prefix of one class.
fn run(text: &str, wanted: Class) -> usize {
    text.find(|c| class(c) != wanted).unwrap_or(text.len())
}

const CONTRACTIONS: [&str; 7] = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

/// Bytes of the first word of a text that is not empty: the alternatives of GPT-2's expression in their order.
fn word_len(text: &str) -> usize {
    if let Some(contraction) = CONTRACTIONS.iter().find(|contraction| text.starts_with(**contraction)) {
        return contraction.len();
    }
    // ` ?` and a run of one class
    let space = usize::from(text.starts_with(' '));
    let after = text[space..].chars().next().map_or(Class::Space, class);
    if after != Class::Space {
        return space + run(&text[space..], after);
    }
    // `\s+(?!\S)`: white space leaves its last character to the word behind it, unless it is alone.
    let all = run(text, Class::Space);
    let last = text[..all].chars().next_back().map_or(0, char::len_utf8);
    if all < text.len() && last < all { all - last } else { all }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gpt2(text: &str) -> Vec<&str> {
        PreTokenizer::Gpt2.words(text).collect()
    }

    #[test]
    fn splits_as_the_expression_says() {
        assert_eq!(gpt2("Hello world"), ["Hello", " world"]);
        assert_eq!(
            gpt2("we'll they're I'd 'start ''s"),
            ["we", "'ll", " they", "'re", " I", "'d", " '", "start", " ''", "s"]
        );
        assert_eq!(gpt2("a   b"), ["a", "  ", " b"]);
        assert_eq!(gpt2("a \n b\n\nc"), ["a", " \n", " b", "\n", "\n", "c"]);
        assert_eq!(gpt2("a\u{3000}\u{3000}b"), ["a", "\u{3000}", "\u{3000}", "b"]);
        assert_eq!(gpt2("x  "), ["x", "  "]);
        assert_eq!(gpt2("x=3.14;"), ["x", "=", "3", ".", "14", ";"]);
        assert_eq!(gpt2(" 42 apples"), [" 42", " apples"]);
        assert_eq!(gpt2("été½Ⅷ"), ["été", "½Ⅷ"]);
        assert_eq!(gpt2("👍🏽 ok"), ["👍🏽", " ok"]);
        assert_eq!(gpt2(""), Vec::<&str>::new());
    }

    #[test]
    fn digits_stand_alone_and_end_the_space_before_them() {
        let words: Vec<_> = PreTokenizer::SmolLm.words("a  12 3½").collect();
        assert_eq!(words, ["a", "  ", "1", "2", " ", "3", "½"]);
    }
}
