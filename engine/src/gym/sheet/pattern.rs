//! Regular expressions, as far as `filter_cells` needs them: whether one is found in a text. Python's syntax without
//! lookaround, back references and possessive repetition, whose cost has no bound or which need more than a set of states.

use thiserror::Error;
use unicode_general_category::{GeneralCategory, get_general_category};

/// Characters of the longest pattern.
pub const MAX_PATTERN: usize = 200;
/// Instructions of the largest program, and twice that many nodes visited to write it.
const MAX_PROGRAM: usize = 2000;
/// The highest number in a repetition's braces.
const MAX_REPEAT: usize = 100;
/// Steps of a search over a whole sheet.
const MAX_STEPS: u64 = 4_000_000;

/// Why a pattern is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PatternError {
    /// Longer than [`MAX_PATTERN`], or repeated too often.
    #[error("the pattern is too long")]
    TooLong,
    /// Not a regular expression, or one of a kind that is not read.
    #[error("the pattern is not understood at character {0}")]
    Syntax(usize),
    /// More work than a call may make.
    #[error("the pattern takes too long")]
    TooSlow,
}

/// A regular expression.
#[derive(Debug, Clone)]
pub struct Pattern {
    program: Vec<Step>,
    any_case: bool,
}

#[derive(Debug, Clone)]
enum Node {
    One(Set),
    Assert(Place),
    All(Vec<Node>),
    Either(Vec<Node>),
    Repeat(Box<Node>, usize, Option<usize>),
}

#[derive(Debug, Clone, PartialEq)]
struct Set {
    parts: Vec<Part>,
    negated: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Part {
    Range(char, char),
    Digit(bool),
    Word(bool),
    Space(bool),
}

#[derive(Debug, Clone, Copy)]
enum Place {
    Start,
    End,
    Edge(bool),
}

#[derive(Debug, Clone)]
enum Step {
    One(Set),
    Assert(Place),
    Either(usize, usize),
    Found,
}

impl Part {
    fn has(self, c: char) -> bool {
        match self {
            Self::Range(first, last) => (first..=last).contains(&c),
            Self::Digit(is) => (get_general_category(c) == GeneralCategory::DecimalNumber) == is,
            Self::Word(is) => is_word(c) == is,
            Self::Space(is) => (c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)) == is,
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

impl Set {
    fn of(part: Part) -> Self {
        Self { parts: vec![part], negated: false }
    }

    fn has(&self, c: char, any_case: bool) -> bool {
        let is_in = |c: char| self.parts.iter().any(|part| part.has(c));
        let in_other_case = || c.to_lowercase().any(is_in) || c.to_uppercase().any(is_in);
        (is_in(c) || (any_case && in_other_case())) != self.negated
    }
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// [`PatternError`] for one that is too long or not understood.
    pub fn new(source: &str) -> Result<Self, PatternError> {
        let (source, any_case) = match source.strip_prefix("(?i)") {
            Some(rest) => (rest, true),
            None => (source, false),
        };
        let chars: Vec<char> = source.chars().take(MAX_PATTERN + 1).collect();
        if chars.len() > MAX_PATTERN {
            return Err(PatternError::TooLong);
        }
        let mut reader = Reader { chars, at: 0 };
        let node = reader.either()?;
        if reader.at < reader.chars.len() {
            return Err(PatternError::Syntax(reader.at));
        }
        let mut writer = Writer { program: Vec::new(), visits: 0 };
        writer.write(&node)?;
        writer.push(Step::Found)?;
        Ok(Self { program: writer.program, any_case })
    }

    /// A search, whose steps are counted over all texts.
    #[must_use]
    pub fn search(&self) -> Search<'_> {
        Search { pattern: self, steps: 0 }
    }
}

/// A search through texts.
#[derive(Debug)]
pub struct Search<'a> {
    pattern: &'a Pattern,
    steps: u64,
}

impl Search<'_> {
    /// Whether the pattern is found in a text.
    ///
    /// # Errors
    /// [`PatternError::TooSlow`] once too much was searched.
    pub fn is_in(&mut self, text: &str) -> Result<bool, PatternError> {
        let text: Vec<char> = text.chars().collect();
        let mut states: Vec<usize> = Vec::new();
        for at in 0..=text.len() {
            states.push(0);
            let reached = self.follow(states, &text, at)?;
            if reached.iter().any(|state| matches!(self.pattern.program[*state], Step::Found)) {
                return Ok(true);
            }
            let Some(c) = text.get(at) else { break };
            let passes = |state: &usize| match &self.pattern.program[*state] {
                Step::One(set) => set.has(*c, self.pattern.any_case),
                _ => false,
            };
            states = reached.into_iter().filter(passes).map(|state| state + 1).collect();
        }
        Ok(false)
    }

    /// The states that are reached without reading anything.
    fn follow(&mut self, mut open: Vec<usize>, text: &[char], at: usize) -> Result<Vec<usize>, PatternError> {
        let program = &self.pattern.program;
        let mut seen = vec![false; program.len()];
        let mut reached = Vec::new();
        self.steps += program.len() as u64 / 8;
        while let Some(state) = open.pop() {
            if std::mem::replace(&mut seen[state], true) {
                continue;
            }
            self.steps += 1;
            match &program[state] {
                Step::Either(one, other) => open.extend([*one, *other]),
                Step::Assert(place) if holds(*place, text, at) => open.push(state + 1),
                Step::Assert(_) => {}
                Step::One(_) | Step::Found => reached.push(state),
            }
        }
        if self.steps > MAX_STEPS { Err(PatternError::TooSlow) } else { Ok(reached) }
    }
}

fn holds(place: Place, text: &[char], at: usize) -> bool {
    let word = |at: Option<usize>| at.and_then(|at| text.get(at)).is_some_and(|c| is_word(*c));
    match place {
        Place::Start => at == 0,
        Place::End => at == text.len() || (at + 1 == text.len() && text[at] == '\n'),
        Place::Edge(is) => (word(at.checked_sub(1)) != word(Some(at))) == is,
    }
}

struct Writer {
    program: Vec<Step>,
    visits: usize,
}

impl Writer {
    fn push(&mut self, step: Step) -> Result<usize, PatternError> {
        self.program.push(step);
        if self.program.len() > MAX_PROGRAM { Err(PatternError::TooLong) } else { Ok(self.program.len() - 1) }
    }

    /// A branch, whose two ways are still to be set.
    fn branch(&mut self) -> Result<usize, PatternError> {
        self.push(Step::Either(0, 0))
    }

    fn set(&mut self, branch: usize, one: usize, other: usize) {
        self.program[branch] = Step::Either(one, other);
    }

    fn write(&mut self, node: &Node) -> Result<(), PatternError> {
        self.visits += 1;
        if self.visits > 2 * MAX_PROGRAM {
            return Err(PatternError::TooLong);
        }
        match node {
            Node::One(set) => self.push(Step::One(set.clone())).map(|_| ())?,
            Node::Assert(place) => self.push(Step::Assert(*place)).map(|_| ())?,
            Node::All(nodes) => nodes.iter().try_for_each(|node| self.write(node))?,
            Node::Either(nodes) => self.write_either(nodes)?,
            Node::Repeat(node, least, most) => self.write_repeat(node, *least, *most)?,
        }
        Ok(())
    }

    fn write_either(&mut self, nodes: &[Node]) -> Result<(), PatternError> {
        let mut ends = Vec::new();
        for (index, node) in nodes.iter().enumerate() {
            if index + 1 == nodes.len() {
                self.write(node)?;
                break;
            }
            let branch = self.branch()?;
            self.write(node)?;
            ends.push(self.branch()?);
            let next = self.program.len();
            self.set(branch, branch + 1, next);
        }
        let end = self.program.len();
        ends.into_iter().for_each(|jump| self.set(jump, end, end));
        Ok(())
    }

    fn write_repeat(&mut self, node: &Node, least: usize, most: Option<usize>) -> Result<(), PatternError> {
        for _ in 0..least {
            self.write(node)?;
        }
        let Some(most) = most else {
            let branch = self.branch()?;
            self.write(node)?;
            let back = self.branch()?;
            self.set(back, branch, branch);
            self.set(branch, branch + 1, back + 1);
            return Ok(());
        };
        let mut branches = Vec::new();
        for _ in least..most {
            branches.push(self.branch()?);
            self.write(node)?;
        }
        let end = self.program.len();
        branches.into_iter().for_each(|branch| self.set(branch, branch + 1, end));
        Ok(())
    }
}

struct Reader {
    chars: Vec<char>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn wrong(&self) -> PatternError {
        PatternError::Syntax(self.at)
    }

    fn next(&mut self) -> Result<char, PatternError> {
        let c = self.peek().ok_or(self.wrong())?;
        self.at += 1;
        Ok(c)
    }

    fn eat(&mut self, c: char) -> bool {
        let eaten = self.peek() == Some(c);
        self.at += usize::from(eaten);
        eaten
    }

    fn either(&mut self) -> Result<Node, PatternError> {
        let mut nodes = vec![self.all()?];
        while self.eat('|') {
            nodes.push(self.all()?);
        }
        Ok(Node::Either(nodes))
    }

    fn all(&mut self) -> Result<Node, PatternError> {
        let mut nodes = Vec::new();
        while self.peek().is_some_and(|c| c != '|' && c != ')') {
            let node = self.one()?;
            nodes.push(self.repeated(node)?);
        }
        Ok(Node::All(nodes))
    }

    fn one(&mut self) -> Result<Node, PatternError> {
        let start = self.at;
        match self.next()? {
            '.' => Ok(Node::One(Set { parts: vec![Part::Range('\n', '\n')], negated: true })),
            '^' => Ok(Node::Assert(Place::Start)),
            '$' => Ok(Node::Assert(Place::End)),
            '(' => {
                if self.eat('?') && !self.eat(':') {
                    return Err(self.wrong());
                }
                let node = self.either()?;
                if self.eat(')') { Ok(node) } else { Err(self.wrong()) }
            }
            '[' => self.class().map(Node::One),
            '\\' => self.escape(),
            '*' | '+' | '?' => Err(PatternError::Syntax(start)),
            c => Ok(Node::One(Set::of(Part::Range(c, c)))),
        }
    }

    fn escape(&mut self) -> Result<Node, PatternError> {
        match self.peek() {
            Some('b') => self.next().map(|_| Node::Assert(Place::Edge(true))),
            Some('B') => self.next().map(|_| Node::Assert(Place::Edge(false))),
            Some('A') => self.next().map(|_| Node::Assert(Place::Start)),
            _ => self.escaped().map(|part| Node::One(Set::of(part))),
        }
    }

    /// What a backslash and the next character stand for, in a class or outside.
    fn escaped(&mut self) -> Result<Part, PatternError> {
        let c = self.next()?;
        let plain = match c {
            'd' | 'D' => return Ok(Part::Digit(c == 'd')),
            'w' | 'W' => return Ok(Part::Word(c == 'w')),
            's' | 'S' => return Ok(Part::Space(c == 's')),
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            c if c.is_ascii_alphanumeric() => return Err(PatternError::Syntax(self.at - 1)),
            c => c,
        };
        Ok(Part::Range(plain, plain))
    }

    fn class(&mut self) -> Result<Set, PatternError> {
        let negated = self.eat('^');
        let mut parts = Vec::new();
        loop {
            let first = match self.next()? {
                ']' if !parts.is_empty() => return Ok(Set { parts, negated }),
                '\\' => self.escaped()?,
                c => Part::Range(c, c),
            };
            let is_range = self.peek() == Some('-') && self.chars.get(self.at + 1).is_some_and(|c| *c != ']');
            if !is_range {
                parts.push(first);
                continue;
            }
            self.next()?;
            let last = match self.next()? {
                '\\' => self.escaped()?,
                c => Part::Range(c, c),
            };
            match (first, last) {
                (Part::Range(first, _), Part::Range(last, _)) if first <= last => parts.push(Part::Range(first, last)),
                _ => return Err(self.wrong()),
            }
        }
    }

    fn repeated(&mut self, node: Node) -> Result<Node, PatternError> {
        let (least, most) = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => match self.braces()? {
                Some(bounds) => bounds,
                None => return Ok(node),
            },
            _ => return Ok(node),
        };
        self.at += 1;
        // Lazy or not, it is found or it is not.
        self.eat('?');
        if matches!(self.peek(), Some('*' | '+' | '?')) {
            return Err(self.wrong());
        }
        Ok(Node::Repeat(Box::new(node), least, most))
    }

    /// `{2}`, `{2,}`, `{,3}` or `{2,3}` up to its last brace; none where the brace stands for itself.
    fn braces(&mut self) -> Result<Option<(usize, Option<usize>)>, PatternError> {
        let inner = self.chars[self.at + 1..].iter().position(|c| *c == '}').map(|length| self.at + 1 + length);
        let Some(close) = inner else { return Ok(None) };
        let text: String = self.chars[self.at + 1..close].iter().collect();
        let (least, most) = match text.split_once(',') {
            Some((least, most)) => (least, Some(most)),
            None => (text.as_str(), None),
        };
        let is_number = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if !is_number(least) || !most.is_none_or(is_number) || text.is_empty() {
            return Ok(None);
        }
        let number = |part: &str| part.parse::<usize>().ok().filter(|number| *number <= MAX_REPEAT);
        let least = if least.is_empty() { 0 } else { number(least).ok_or(PatternError::TooLong)? };
        let most = match most {
            None => Some(least),
            Some("") => None,
            Some(most) => Some(number(most).ok_or(PatternError::TooLong)?),
        };
        if most.is_some_and(|most| most < least) {
            return Err(self.wrong());
        }
        self.at = close;
        Ok(Some((least, most)))
    }
}
