//! Literals, parsed.

use thiserror::Error;

use super::Value;

/// Bytes of the longest literal that is read: a whole sheet fits, and no work is without bound.
pub const MAX_LENGTH: usize = 64 * 1024;
/// How deep brackets and signs may be nested.
pub const MAX_DEPTH: usize = 64;
/// Entries of the largest dict or set: keys are compared with each other.
pub const MAX_ENTRIES: usize = 1024;

/// Why a text is no literal.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LiteralError {
    /// Longer than [`MAX_LENGTH`].
    #[error("the literal has {length} bytes, more than {MAX_LENGTH}")]
    TooLong {
        /// Its bytes.
        length: usize,
    },
    /// Nested deeper than [`MAX_DEPTH`].
    #[error("the literal is nested deeper than {MAX_DEPTH}")]
    TooDeep,
    /// A dict or set of more than [`MAX_ENTRIES`].
    #[error("a dict or set has more than {MAX_ENTRIES} entries")]
    TooMany,
    /// It ends where more was to come.
    #[error("the literal ends too early")]
    End,
    /// A character that cannot stand there.
    #[error("`{found}` at byte {at} is not part of a literal")]
    Unexpected {
        /// The character.
        found: char,
        /// Where.
        at: usize,
    },
    /// A name that is no constant, `true` for example.
    #[error("`{0}` is not a literal")]
    Name(String),
    /// Not a number.
    #[error("`{0}` is not a number")]
    Number(String),
    /// An integer that does not fit.
    #[error("`{0}` does not fit into 64 bits")]
    Large(String),
    /// A string's prefix that is not read, of bytes or of a formatted string.
    #[error("strings with the prefix `{0}` are not read")]
    Prefix(String),
    /// A backslash sequence that is not read.
    #[error("`\\{0}` is not an escape that is read")]
    Escape(String),
    /// A key or member that Python cannot hash.
    #[error("unhashable type: '{0}'")]
    Unhashable(&'static str),
    /// A sign before something that is no number.
    #[error("bad operand type for unary {sign}: '{operand}'")]
    Sign {
        /// The sign.
        sign: char,
        /// What it stands before.
        operand: &'static str,
    },
}

use LiteralError as E;

impl Value {
    /// What `eval()` would make of a text that is a literal, without evaluating anything.
    ///
    /// # Errors
    /// [`LiteralError`] for whatever is no literal: calls, names, operators, bytes, formatted strings.
    pub fn parse(text: &str) -> Result<Self, LiteralError> {
        if text.len() > MAX_LENGTH {
            return Err(E::TooLong { length: text.len() });
        }
        let mut parser = Parser { text, at: 0, depth: 0 };
        parser.skip(Lines::Across);
        let first = parser.expression()?;
        parser.skip(Lines::Within);
        let value = if parser.eat(",") { Self::Tuple(parser.rest_of_tuple(first)?) } else { first };
        parser.skip(Lines::Across);
        match parser.peek() {
            Some(found) => Err(E::Unexpected { found, at: parser.at }),
            None => Ok(value),
        }
    }

    fn is_hashable(&self) -> Result<(), LiteralError> {
        match self {
            Self::List(_) | Self::Set(_) | Self::Dict(_) => Err(E::Unhashable(self.type_name())),
            Self::Tuple(items) => items.iter().try_for_each(Self::is_hashable),
            _ => Ok(()),
        }
    }
}

/// Whether white space may include the end of a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    Within,
    Across,
}

struct Parser<'a> {
    text: &'a str,
    at: usize, // byte, on a character's boundary
    depth: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Result<char, E> {
        let found = self.peek().ok_or(E::End)?;
        self.at += found.len_utf8();
        Ok(found)
    }

    fn eat(&mut self, token: &str) -> bool {
        let eaten = self.rest().starts_with(token);
        self.at += if eaten { token.len() } else { 0 };
        eaten
    }

    fn take(&mut self, accept: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|c| !accept(c)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// White space, comments and joined lines.
    fn skip(&mut self, lines: Lines) {
        loop {
            self.take(|c| matches!(c, ' ' | '\t' | '\x0c') || (lines == Lines::Across && matches!(c, '\n' | '\r')));
            if self.peek() == Some('#') {
                self.take(|c| c != '\n');
            } else if !(self.eat("\\\n") || self.eat("\\\r\n")) {
                return;
            }
        }
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        if self.depth == MAX_DEPTH {
            return Err(E::TooDeep);
        }
        self.depth += 1;
        let read = read(self)?;
        self.depth -= 1;
        Ok(read)
    }

    fn expression(&mut self) -> Result<Value, E> {
        match self.peek().ok_or(E::End)? {
            sign @ ('+' | '-') => self.deeper(|parser| {
                parser.next()?;
                parser.skip(Lines::Within);
                signed(sign, parser.expression()?)
            }),
            '(' => self.deeper(Self::parenthesised),
            '[' => self.deeper(|parser| {
                parser.next()?;
                parser.items(']').map(Value::List)
            }),
            '{' => self.deeper(Self::braced),
            '\'' | '"' => self.strings(""),
            c if c.is_ascii_digit() || c == '.' => number(self.number_token()),
            c if c.is_alphabetic() || c == '_' => self.name(),
            found => Err(E::Unexpected { found, at: self.at }),
        }
    }

    /// What stands between commas up to a bracket, which is eaten.
    fn items(&mut self, close: char) -> Result<Vec<Value>, E> {
        let mut items = Vec::new();
        loop {
            self.skip(Lines::Across);
            if self.peek() == Some(close) {
                self.next()?;
                return Ok(items);
            }
            items.push(self.expression()?);
            self.comma(close)?;
        }
    }

    /// Eats a comma; where there is none, the bracket has to follow.
    fn comma(&mut self, close: char) -> Result<(), E> {
        self.skip(Lines::Across);
        match self.peek().ok_or(E::End)? {
            ',' => self.next().map(|_| ()),
            found if found == close => Ok(()),
            found => Err(E::Unexpected { found, at: self.at }),
        }
    }

    /// The rest of a tuple without brackets, after its first comma.
    fn rest_of_tuple(&mut self, first: Value) -> Result<Vec<Value>, E> {
        let mut items = vec![first];
        loop {
            self.skip(Lines::Within);
            if self.peek().is_none_or(|c| matches!(c, '\n' | '\r')) {
                return Ok(items);
            }
            items.push(self.expression()?);
            self.skip(Lines::Within);
            if !self.eat(",") {
                return Ok(items);
            }
        }
    }

    fn parenthesised(&mut self) -> Result<Value, E> {
        self.next()?;
        self.skip(Lines::Across);
        if self.eat(")") {
            return Ok(Value::Tuple(Vec::new()));
        }
        let first = self.expression()?;
        self.skip(Lines::Across);
        match self.next()? {
            ')' => Ok(first),
            ',' => {
                let mut items = vec![first];
                items.extend(self.items(')')?);
                Ok(Value::Tuple(items))
            }
            found => Err(E::Unexpected { found, at: self.at - found.len_utf8() }),
        }
    }

    fn braced(&mut self) -> Result<Value, E> {
        self.next()?;
        self.skip(Lines::Across);
        if self.eat("}") {
            return Ok(Value::Dict(Vec::new()));
        }
        let first = self.expression()?;
        self.skip(Lines::Across);
        if self.peek() == Some(':') { self.rest_of_dict(first) } else { self.rest_of_set(first) }
    }

    fn rest_of_set(&mut self, first: Value) -> Result<Value, E> {
        let mut read = vec![first];
        self.comma('}')?;
        read.extend(self.items('}')?);
        let mut members: Vec<Value> = Vec::new();
        if read.len() > MAX_ENTRIES {
            return Err(E::TooMany);
        }
        for member in read {
            member.is_hashable()?;
            if !members.contains(&member) {
                members.push(member);
            }
        }
        Ok(Value::Set(members))
    }

    /// The key stays where it first stood and has the value that came last.
    fn rest_of_dict(&mut self, first: Value) -> Result<Value, E> {
        let mut entries: Vec<(Value, Value)> = Vec::new();
        let mut key = first;
        loop {
            self.skip(Lines::Across);
            match self.next()? {
                ':' => self.skip(Lines::Across),
                found => return Err(E::Unexpected { found, at: self.at - found.len_utf8() }),
            }
            let value = self.expression()?;
            key.is_hashable()?;
            match entries.iter().position(|(found, _)| *found == key) {
                Some(at) => entries[at].1 = value,
                None if entries.len() == MAX_ENTRIES => return Err(E::TooMany),
                None => entries.push((key, value)),
            }
            self.comma('}')?;
            self.skip(Lines::Across);
            if self.eat("}") {
                return Ok(Value::Dict(entries));
            }
            key = self.expression()?;
        }
    }

    /// A constant, or the prefix of a string.
    fn name(&mut self) -> Result<Value, E> {
        let name = self.take(|c| c.is_alphanumeric() || c == '_');
        if matches!(self.peek(), Some('\'' | '"')) {
            return self.strings(name);
        }
        match name {
            "None" => Ok(Value::None),
            "True" => Ok(Value::Bool(true)),
            "False" => Ok(Value::Bool(false)),
            _ => Err(E::Name(name.to_owned())),
        }
    }

    fn number_token(&mut self) -> &'a str {
        let start = self.at;
        loop {
            let part = self.take(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'));
            let radix = self.text[start..].starts_with("0x") || self.text[start..].starts_with("0X");
            let exponent = part.ends_with(['e', 'E']) && !radix;
            if !(exponent && (self.eat("+") || self.eat("-"))) {
                return &self.text[start..self.at];
            }
        }
    }

    /// A string and those that follow it: they are joined.
    fn strings(&mut self, prefix: &str) -> Result<Value, E> {
        let mut joined = String::new();
        let mut prefix = prefix;
        loop {
            let raw = match prefix.to_ascii_lowercase().as_str() {
                "" | "u" => false,
                "r" => true,
                _ => return Err(E::Prefix(prefix.to_owned())),
            };
            self.string(raw, &mut joined)?;
            let end = self.at;
            self.skip(if self.depth > 0 { Lines::Across } else { Lines::Within });
            prefix = self.take(char::is_alphabetic);
            if !matches!(self.peek(), Some('\'' | '"')) {
                self.at = end;
                return Ok(Value::Str(joined));
            }
        }
    }

    fn string(&mut self, raw: bool, out: &mut String) -> Result<(), E> {
        let quote = self.next()?;
        let triple = match quote {
            '\'' => self.eat("''"),
            _ => self.eat("\"\""),
        };
        let close = if triple { String::from(quote).repeat(3) } else { String::from(quote) };
        loop {
            if self.eat(&close) {
                return Ok(());
            }
            match self.next()? {
                '\\' if raw => {
                    out.push('\\');
                    out.push(self.next()?);
                }
                '\\' => out.push_str(&self.escape()?),
                '\n' if !triple => return Err(E::Unexpected { found: '\n', at: self.at - 1 }),
                c => out.push(c),
            }
        }
    }

    /// What a backslash and what follows stand for; the backslash is eaten.
    fn escape(&mut self) -> Result<String, E> {
        let c = self.next()?;
        let plain = match c {
            '\n' => return Ok(String::new()),
            '\\' | '\'' | '"' => c,
            'a' => '\x07',
            'b' => '\x08',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\x0b',
            'x' => self.code(2)?,
            'u' => self.code(4)?,
            'U' => self.code(8)?,
            '0'..='7' => self.octal(c),
            'N' => return Err(E::Escape("N".to_owned())),
            other => return Ok(format!("\\{other}")),
        };
        Ok(plain.to_string())
    }

    fn code(&mut self, length: usize) -> Result<char, E> {
        let rest = self.rest();
        let digits = &rest[..rest.char_indices().nth(length).map_or(rest.len(), |(end, _)| end)];
        let complete = digits.len() == length && digits.bytes().all(|b| b.is_ascii_hexdigit());
        let code = complete.then(|| u32::from_str_radix(digits, 16).ok()).flatten();
        let found = code.and_then(char::from_u32).ok_or_else(|| E::Escape(digits.to_owned()))?;
        self.at += length;
        Ok(found)
    }

    fn octal(&mut self, first: char) -> char {
        let mut code = first as u32 - '0' as u32;
        for _ in 0..2 {
            match self.peek() {
                Some(digit @ '0'..='7') => {
                    self.at += 1;
                    code = code * 8 + (digit as u32 - '0' as u32);
                }
                _ => break,
            }
        }
        char::from_u32(code).expect("invariant: three octal digits are below 512")
    }
}

fn signed(sign: char, operand: Value) -> Result<Value, E> {
    let negative = sign == '-';
    match operand {
        Value::Bool(value) => Ok(Value::Int(if negative { -i64::from(value) } else { i64::from(value) })),
        Value::Int(value) => Ok(Value::Int(if negative { -value } else { value })),
        Value::Float(value) => Ok(Value::Float(if negative { -value } else { value })),
        other => Err(E::Sign { sign, operand: other.type_name() }),
    }
}

fn number(token: &str) -> Result<Value, E> {
    let wrong = || E::Number(token.to_owned());
    let lower = token.to_ascii_lowercase();
    let radix = match lower.get(..2) {
        Some("0x") => 16,
        Some("0o") => 8,
        Some("0b") => 2,
        _ => 10,
    };
    if !underscores_separate_digits(&lower, radix) {
        return Err(wrong());
    }
    let digits = lower.replace('_', "");
    if radix != 10 {
        return whole(token, &digits[2..], radix);
    }
    if digits.bytes().all(|b| b.is_ascii_digit()) {
        let padded = digits.starts_with('0') && digits.bytes().any(|b| b != b'0');
        return if padded { Err(wrong()) } else { whole(token, &digits, 10) };
    }
    digits.parse().map(Value::Float).map_err(|_| wrong())
}

fn whole(token: &str, digits: &str, radix: u32) -> Result<Value, E> {
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Err(E::Number(token.to_owned()));
    }
    i64::from_str_radix(digits, radix).map(Value::Int).map_err(|_| E::Large(token.to_owned()))
}

fn underscores_separate_digits(token: &str, radix: u32) -> bool {
    let chars: Vec<char> = token.chars().collect();
    let is_digit = |index: Option<usize>| index.and_then(|i| chars.get(i)).is_some_and(|c| c.is_digit(radix));
    chars.iter().enumerate().filter(|(_, c)| **c == '_').all(|(i, _)| {
        let after_prefix = radix != 10 && i == 2;
        is_digit(Some(i + 1)) && (after_prefix || is_digit(i.checked_sub(1)))
    })
}
