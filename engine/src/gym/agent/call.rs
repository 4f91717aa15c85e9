//! A call as Python writes it, with literals for arguments. It is read and never evaluated: the original gives the model's
//! text to `eval`.

use thiserror::Error;

/// Code longer than this is not read: a call of these functions takes a line.
const MAX_CHARS: usize = 16 << 10;

/// No function has as many arguments.
const MAX_ARGUMENTS: usize = 16;

/// A call, and the comments around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The function.
    pub name: String,
    /// Its arguments, those without a name first.
    pub arguments: Vec<Argument>,
    /// The comments, without their `#`.
    pub comments: Vec<String>,
}

/// An argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// Its name, where it is given by name.
    pub name: Option<String>,
    /// What a text says, or a number or constant as it was written.
    pub value: String,
}

/// What is no single call with literals.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CallError {
    /// Too much to read.
    #[error("the code has {chars} characters, more than {MAX_CHARS}")]
    Long {
        /// Its length.
        chars: usize,
    },
    /// Something else stands where this was expected.
    #[error("expected {expected} at character {at} of the code")]
    Expected {
        /// What.
        expected: &'static str,
        /// Where, counted from 0.
        at: usize,
    },
    /// More arguments than any function has.
    #[error("the call has more than {MAX_ARGUMENTS} arguments")]
    Arguments,
}

impl Call {
    /// Reads code that is one call, with comments before, within or behind it.
    ///
    /// # Errors
    /// [`CallError`] where it is anything else.
    ///
    /// ```
    /// use duet_engine::gym::agent::Call;
    /// let call = Call::parse("# It's on the desk.\ntake('mug 1', recep=\"desk 2\")").expect("a call");
    /// assert_eq!((call.name.as_str(), call.arguments[1].value.as_str()), ("take", "desk 2"));
    /// assert!(Call::parse("__import__('os').system('ls')").is_err());
    /// ```
    pub fn parse(code: &str) -> Result<Self, CallError> {
        let chars: Vec<char> = code.chars().collect();
        if chars.len() > MAX_CHARS {
            return Err(CallError::Long { chars: chars.len() });
        }
        let mut reader = Reader { chars: &chars, at: 0, comments: Vec::new() };
        reader.skip();
        let name = reader.name().ok_or(reader.expected("a function's name"))?;
        reader.skip();
        reader.take('(', "`(`")?;
        let arguments = reader.arguments()?;
        reader.skip();
        match reader.peek() {
            None => Ok(Self { name, arguments, comments: reader.comments }),
            Some(_) => Err(reader.expected("nothing but one call")),
        }
    }
}

/// A text as Python would write it.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

struct Reader<'a> {
    chars: &'a [char],
    at: usize,
    comments: Vec<String>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn expected(&self, expected: &'static str) -> CallError {
        CallError::Expected { expected, at: self.at }
    }

    fn take(&mut self, c: char, expected: &'static str) -> Result<(), CallError> {
        match self.peek() == Some(c) {
            true => self.at += 1,
            false => return Err(self.expected(expected)),
        }
        Ok(())
    }

    fn take_while(&mut self, accepts: impl Fn(char) -> bool) -> String {
        let rest = &self.chars[self.at..];
        let taken: String = rest.iter().take_while(|c| accepts(**c)).collect();
        self.at += taken.chars().count();
        taken
    }

    /// Over white space and comments.
    fn skip(&mut self) {
        loop {
            self.take_while(char::is_whitespace);
            if self.peek() != Some('#') {
                return;
            }
            let comment = self.take_while(|c| c != '\n');
            self.comments.push(comment.trim_start_matches('#').trim().to_owned());
        }
    }

    fn name(&mut self) -> Option<String> {
        let starts = self.peek().is_some_and(|c| c.is_alphabetic() || c == '_');
        starts.then(|| self.take_while(|c| c.is_alphanumeric() || c == '_'))
    }

    /// Up to and with the closing bracket.
    fn arguments(&mut self) -> Result<Vec<Argument>, CallError> {
        let mut arguments: Vec<Argument> = Vec::new();
        loop {
            self.skip();
            if self.peek() == Some(')') {
                self.at += 1;
                return Ok(arguments);
            }
            if arguments.len() == MAX_ARGUMENTS {
                return Err(CallError::Arguments);
            }
            let argument = self.argument()?;
            if argument.name.is_none() && arguments.last().is_some_and(|last| last.name.is_some()) {
                return Err(self.expected("an argument with a name"));
            }
            arguments.push(argument);
            self.skip();
            if self.peek() != Some(')') {
                self.take(',', "`,` or `)`")?;
            }
        }
    }

    fn argument(&mut self) -> Result<Argument, CallError> {
        let Some(word) = self.name() else { return Ok(Argument { name: None, value: self.literal()? }) };
        self.skip();
        if self.peek() == Some('=') {
            self.at += 1;
            self.skip();
            let value = match self.name() {
                Some(word) => self.constant(word)?,
                None => self.literal()?,
            };
            return Ok(Argument { name: Some(word), value });
        }
        Ok(Argument { name: None, value: self.constant(word)? })
    }

    fn constant(&self, word: String) -> Result<String, CallError> {
        match &*word {
            "True" | "False" | "None" => Ok(word),
            _ => Err(self.expected("a literal instead of a name")),
        }
    }

    fn literal(&mut self) -> Result<String, CallError> {
        match self.peek() {
            Some(quote @ ('\'' | '"')) => self.text(quote),
            Some(c) if c.is_ascii_digit() || c == '-' => self.number(),
            _ => Err(self.expected("a text or a number")),
        }
    }

    fn number(&mut self) -> Result<String, CallError> {
        let mut number = String::new();
        if self.peek() == Some('-') {
            self.at += 1;
            number.push('-');
        }
        let whole = self.take_while(|c| c.is_ascii_digit());
        if whole.is_empty() {
            return Err(self.expected("a digit"));
        }
        number.push_str(&whole);
        if self.peek() == Some('.') {
            self.at += 1;
            number.push('.');
            number.push_str(&self.take_while(|c| c.is_ascii_digit()));
        }
        Ok(number)
    }

    /// A text in one or three of the quotes.
    fn text(&mut self, quote: char) -> Result<String, CallError> {
        let is_triple = self.chars[self.at..].starts_with(&[quote; 3]);
        let end: &[char] = if is_triple { &[quote; 3] } else { &[quote] };
        self.at += end.len();
        let mut text = String::new();
        while !self.chars[self.at..].starts_with(end) {
            match self.peek() {
                None => return Err(self.expected("the end of a text")),
                Some('\n') if !is_triple => return Err(self.expected("the end of a text")),
                Some('\\') => self.escape(&mut text)?,
                Some(c) => {
                    text.push(c);
                    self.at += 1;
                }
            }
        }
        self.at += end.len();
        Ok(text)
    }

    /// Python keeps the backslash of an escape that it does not know.
    fn escape(&mut self, text: &mut String) -> Result<(), CallError> {
        let Some(c) = self.chars.get(self.at + 1).copied() else { return Err(self.expected("the end of a text")) };
        let digits = match c {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        if digits > 0 {
            let code: String = self.chars[self.at + 2..].iter().take(digits).collect();
            let is_whole = code.len() == digits && code.chars().all(|c| c.is_ascii_hexdigit());
            let code = is_whole.then(|| u32::from_str_radix(&code, 16).ok()).flatten().and_then(char::from_u32);
            text.push(code.ok_or(self.expected("the digits of a character"))?);
        } else {
            match c {
                '\n' => {}
                'n' => text.push('\n'),
                't' => text.push('\t'),
                'r' => text.push('\r'),
                '\\' | '\'' | '"' => text.push(c),
                c => text.extend(['\\', c]),
            }
        }
        self.at += 2 + digits;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn arguments(code: &str) -> Vec<(Option<String>, String)> {
        let call = Call::parse(code).unwrap_or_else(|error| panic!("{code}: {error}"));
        call.arguments.into_iter().map(|argument| (argument.name, argument.value)).collect()
    }

    #[test]
    fn literals_are_python_s() {
        // Printed by CPython 3.11: `print([…])` of the same literals.
        let cases = [
            (r#"f('a "b"')"#, "a \"b\""),
            (r#"f("it's")"#, "it's"),
            (r"f('it\'s')", "it's"),
            (r"f('\x41\u00e9\U0001f600\n\q')", "Aé😀\n\\q"),
            ("f('''two\n'lines''')", "two\n'lines"),
            ("f( # why\n 'x' , )", "x"),
            ("f(-3.50)", "-3.50"),
            ("f(True)", "True"),
        ];
        for (code, value) in cases {
            assert_eq!(arguments(code), [(None, value.to_owned())], "{code}");
        }
        let named =
            [(None, "1".to_owned()), (Some("b".to_owned()), "2".to_owned()), (Some("c".to_owned()), "None".to_owned())];
        assert_eq!(arguments("f(1, b = '2', c=None)"), named);
        assert_eq!(arguments("f()"), []);
    }

    #[test]
    fn anything_but_one_call_is_refused() {
        let codes = [
            "",
            "x",
            "f",
            "f(",
            "f(1",
            "f('x",
            "f('x\n')",
            "f(x)",
            "f(g())",
            "f(1)(2)",
            "f(1).g()",
            "f(1); g(2)",
            "f(1)\ng(2)",
            "a.f(1)",
            "x = f(1)",
            "f([1])",
            "f({})",
            "f(1 + 1)",
            "f(a=1, 2)",
            "f(f'{x}')",
            "f(*x)",
            "f(,)",
            "f('\\x4')",
            "f('\\ud800')",
            "f('\\",
            "1(2)",
            "lambda: 1",
            "f(a=b)",
            "f(-)",
        ];
        for code in codes {
            assert!(matches!(Call::parse(code), Err(CallError::Expected { .. })), "{code}: {:?}", Call::parse(code));
        }
        let many = format!("f({})", "1,".repeat(17));
        assert_eq!(Call::parse(&many), Err(CallError::Arguments));
        assert_eq!(Call::parse(&" ".repeat(20_000)), Err(CallError::Long { chars: 20_000 }));
    }

    proptest! {
        #[test]
        fn a_text_that_is_quoted_is_read_back(text in any::<String>()) {
            prop_assert_eq!(arguments(&format!("f({})", quoted(&text))), [(None, text)]);
        }

        #[test]
        fn any_code_is_read_or_refused(code in "[a-z_(),=#'\"\\\\ \n0-9.x-]{0,60}") {
            let _ = Call::parse(&code);
        }
    }
}
