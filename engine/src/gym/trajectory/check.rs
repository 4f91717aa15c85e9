//! Whether a trajectory has the shape that everything else counts on.

use thiserror::Error;

use super::{Message, PROMPT, Speaker, Trajectory, excerpt};

/// Something in a trajectory that is not as it has to be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{record}{}: expected {expected}, found {found}", .message.map_or(String::new(), |n| format!(", message {n}")))]
pub struct Invalid {
    /// The item, or where it stands in its file when it has no readable one.
    pub record: String,
    /// Which message, from 0; none for what concerns no single one.
    pub message: Option<usize>,
    /// What was expected.
    pub expected: String,
    /// What was found: its beginning.
    pub found: String,
}

impl Trajectory {
    /// Whether it is an opening and a first observation, and then texts and observations in turns, with a flag for the
    /// loss on what the agent says, and a reward that is a number.
    ///
    /// # Errors
    /// [`Invalid`] with the first thing that is otherwise.
    pub fn validate(&self) -> Result<(), Invalid> {
        let record = format!("`{}`", self.item_id);
        if self.conversation.len() < PROMPT {
            let expected = format!("at least {PROMPT} messages");
            return Err(Invalid { record, message: None, expected, found: self.conversation.len().to_string() });
        }
        for (number, message) in self.conversation.iter().enumerate() {
            if let Some((expected, found)) = fault(number, message) {
                return Err(Invalid { record, message: Some(number), expected, found });
            }
        }
        match self.reward {
            Some(reward) if !reward.is_finite() => {
                let (expected, found) = ("a finite reward".to_owned(), reward.to_string());
                Err(Invalid { record, message: None, expected, found })
            }
            _ => Ok(()),
        }
    }
}

/// What was expected of the message with this number, and what it is instead.
fn fault(number: usize, message: &Message) -> Option<(String, String)> {
    let speaker = if number.is_multiple_of(2) { Speaker::Human } else { Speaker::Gpt };
    if message.from != speaker {
        let found = format!("`{}`, who says `{}`", message.from.name(), excerpt(&message.value));
        return Some((format!("`{}` to speak", speaker.name()), found));
    }
    let expected = match (speaker, number) {
        (Speaker::Human, _) if message.loss.is_some() => "no `loss`",
        (Speaker::Gpt, 1) if message.loss != Some(false) => "`loss` to be false: it answers the instruction",
        (Speaker::Gpt, _) if message.loss.is_none() => "`loss` to be true or false",
        _ => return None,
    };
    let found = message.loss.map_or("none".to_owned(), |loss| loss.to_string());
    Some((expected.to_owned(), found))
}
