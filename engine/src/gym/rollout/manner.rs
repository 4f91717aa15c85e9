//! How an agent is spoken to.

use crate::gym::Info;
use crate::gym::trajectory::{Message, Opening, last_action};

/// How an agent is spoken to, and how it is understood.
///
/// A closure that counts tokens is one that leaves everything else as it is.
pub trait Manner {
    /// What an agent is told before the first observation.
    fn opening(&self, info: &Info) -> Opening {
        Opening::of(info)
    }

    /// The action that a text of the agent names. Texts without one make an action, too: the environment answers them.
    fn action(&self, _: &Info, text: &str) -> String {
        last_action(text).to_owned()
    }

    /// How many tokens a conversation has.
    fn tokens(&self, conversation: &[Message]) -> usize;
}

impl<F: Fn(&[Message]) -> usize> Manner for F {
    fn tokens(&self, conversation: &[Message]) -> usize {
        self(conversation)
    }
}
