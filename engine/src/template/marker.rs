//! Markers that stand for message contents while a template renders.
//!
//! Contents take no part in rendering, so nothing that a message says can be taken for a marker or for the template's
//! own text. A marker is made of private-use characters: no filter changes their case, trims or escapes them.

use super::{Message, TemplateError};
use crate::tokenizer::Piece;

const OPEN: char = '\u{10ff00}';
const CLOSE: char = '\u{10ff01}';
/// The first of sixteen characters that write a message's index in hexadecimal.
const DIGITS: u32 = 0x10_ff10;

/// The first reserved character of a text.
pub(super) fn reserved(text: &str) -> Option<u32> {
    text.chars().map(u32::from).find(|c| (0x10_ff00..=0x10_ff1f).contains(c))
}

/// What the template gets in place of a message's content. White space at both ends stays, so that templates which
/// trim contents do so; a blank content stays whole, so that templates can ask whether there is any.
pub(super) fn stand_in(index: usize, content: &str) -> String {
    let text = content.trim();
    if text.is_empty() {
        return content.to_owned();
    }
    let start = content.len() - content.trim_start().len();
    let digits = format!("{index:x}");
    let digits = digits.chars().filter_map(|c| char::from_u32(DIGITS + c.to_digit(16)?));
    let marker = std::iter::once(OPEN).chain(digits).chain(std::iter::once(CLOSE));
    content[..start].chars().chain(marker).chain(content[start + text.len()..].chars()).collect()
}

/// Splits a rendered text at its markers: the template's text trusted, the contents untrusted and as they were.
pub(super) fn split(rendered: &str, messages: &[Message], limit: usize) -> Result<Vec<Piece>, TemplateError> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut seen = vec![false; messages.len()];
    let mut total = 0usize;
    let mut push = |text: &str, trusted: bool| {
        total = total.saturating_add(text.len());
        if total > limit {
            return Err(TemplateError::PromptLength { limit });
        }
        match pieces.last_mut() {
            _ if text.is_empty() => {}
            Some(last) if last.trusted == trusted => last.text.push_str(text),
            _ => pieces.push(Piece { text: text.to_owned(), trusted }),
        }
        Ok(())
    };
    let mut rest = rendered;
    while let Some(open) = rest.find(OPEN) {
        push(own_text(&rest[..open])?, true)?;
        let after = &rest[open + OPEN.len_utf8()..];
        let (index, len) = index(after, messages.len()).ok_or_else(|| altered(&rest[..open]))?;
        seen[index] = true;
        push(messages[index].content.trim(), false)?;
        rest = &after[len..];
    }
    push(own_text(rest)?, true)?;
    match messages.iter().zip(seen).position(|(message, seen)| !seen && !message.content.trim().is_empty()) {
        Some(index) => Err(TemplateError::MessageLost { index, role: messages[index].turn.role() }),
        None => Ok(pieces),
    }
}

/// A message's index and the bytes that write it, the closing mark included.
fn index(text: &str, messages: usize) -> Option<(usize, usize)> {
    let end = text.find(CLOSE)?;
    let digit = |c: char| u32::from(c).checked_sub(DIGITS).filter(|digit| *digit < 16);
    let index = text[..end]
        .chars()
        .try_fold(0usize, |index, c| index.checked_mul(16)?.checked_add(digit(c)? as usize))
        .filter(|index| *index < messages && end > 0)?;
    Some((index, end + CLOSE.len_utf8()))
}

/// Text between markers; a leftover of a marker in it means that the template cut one up.
fn own_text(text: &str) -> Result<&str, TemplateError> {
    if reserved(text).is_some() {
        return Err(altered(text));
    }
    Ok(text)
}

fn altered(before: &str) -> TemplateError {
    let kept: Vec<char> = before.chars().filter(|c| reserved(c.encode_utf8(&mut [0; 4])).is_none()).collect();
    TemplateError::MessageAltered { near: kept[kept.len().saturating_sub(40)..].iter().collect() }
}
