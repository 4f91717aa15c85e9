//! Agents: who acts in an episode, and the forms in which they write (`specs/agentgym.md` §2.5).
//!
//! An [`Agent`] is shown an episode and the conversation about it, and writes the next message. What it writes is read by
//! the environment's client ([`Client`]), as AgentGym's Python clients do it: a message becomes an action, or an answer of
//! the client's own. The baselines write without a language model.
//!
//! ```
//! use duet_engine::gym::agent::{Format, Oracle, play};
//! let mut episode = duet_engine::gym::find("maze").expect("registered").begin(24).expect("a task");
//! let messages = play(&mut Oracle, &mut episode, Format::React, 15);
//! assert!(episode.is_success());
//! assert_eq!(messages[3].text, "Thought:\n\n\nAction:\nmove down");
//! ```

mod baselines;
mod call;
mod client;
mod formats;
mod functions;

pub use baselines::{Oracle, Random, Scripted};
pub use call::{Argument, Call, CallError};
pub use client::{Client, Refusal};
pub use formats::{Format, FormatError, Intent, code_as_action, function_calling, react};
pub use functions::{ALFWORLD, BindError, Function, SCIWORLD, WEBSHOP, signatures, tools};

use super::Episode;

/// Who wrote a message; AgentGym's files call them `human` and `gpt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// The environment, and whoever instructs the agent.
    Human,
    /// The agent.
    Gpt,
}

/// A message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Who wrote it.
    pub from: Speaker,
    /// What it says.
    pub text: String,
}

/// What an agent is shown.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// The episode so far. Language models read the messages; only an oracle asks it for its plan.
    pub episode: &'a Episode,
    /// The conversation so far: the instruction, the agent's consent, and then observations and the agent's messages.
    pub messages: &'a [Message],
    /// How to write an action.
    pub client: Client,
    /// In which of the formats, where the client has a choice.
    pub format: Format,
}

/// Who writes the agent's messages.
pub trait Agent {
    /// The next message; none when it gives up.
    fn act(&mut self, situation: &Situation) -> Option<String>;
}

/// What an agent is told and what it consents to, before the first observation.
#[must_use]
pub fn opening(episode: &Episode, format: Format) -> [Message; 2] {
    let info = episode.info();
    let form = Client::of(info.name).form(format);
    let told = Message { from: Speaker::Human, text: format!("{}\n\n{form}", info.instruction) };
    [told, Message { from: Speaker::Gpt, text: "Understood.".to_owned() }]
}

/// Lets an agent act until the episode is over, the agent gives up or has had so many rounds; the conversation.
///
/// A message that the client refuses takes a round and no step. The result is the episode's: its score and whether that
/// is a success.
pub fn play(agent: &mut dyn Agent, episode: &mut Episode, format: Format, max_rounds: u32) -> Vec<Message> {
    let client = Client::of(episode.info().name);
    let mut messages = opening(episode, format).to_vec();
    messages.push(Message { from: Speaker::Human, text: episode.observation().to_owned() });
    for _ in 0..max_rounds {
        if episode.is_done() {
            break;
        }
        let Some(text) = agent.act(&Situation { episode, messages: &messages, client, format }) else { break };
        let observation = match client.read(format, &text) {
            Ok(intent) => episode.step(&intent.action).map(|outcome| outcome.observation.clone()),
            Err(refusal) => Ok(refusal.observation(episode.observation())),
        };
        messages.push(Message { from: Speaker::Gpt, text });
        let Ok(text) = observation else { break };
        messages.push(Message { from: Speaker::Human, text });
    }
    messages
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gym;

    #[test]
    fn a_conversation_alternates_and_ends_with_the_episode() {
        for gym in gym::all() {
            let mut episode = gym.begin(0).expect("a task");
            let messages = play(&mut Oracle, &mut episode, Format::React, 400);
            let name = gym.info().name;
            assert_eq!(messages.len(), 3 + 2 * episode.turns().len(), "{name}");
            assert_eq!(messages[2].text, episode.first(), "{name}");
            assert_eq!(messages[messages.len() - 1].text, episode.observation(), "{name}");
            for (at, message) in messages.iter().enumerate() {
                assert_eq!(message.from, if at % 2 == 0 { Speaker::Human } else { Speaker::Gpt }, "{name}");
            }
        }
    }

    #[test]
    fn rounds_are_counted_and_refused_messages_take_one() {
        struct Chatterbox;
        impl Agent for Chatterbox {
            fn act(&mut self, situation: &Situation) -> Option<String> {
                Some(format!("{} messages, and no action.", situation.messages.len()))
            }
        }
        let mut episode = gym::find("textcraft").expect("registered").begin(0).expect("a task");
        let messages = play(&mut Chatterbox, &mut episode, Format::React, 3);
        assert_eq!((messages.len(), episode.turns().len(), episode.is_success()), (9, 3, false));
        assert_eq!(messages[8].text, "Could not execute ");
        let refusal = Client::Only.read(Format::React, "Action: a\nAction: b").expect_err("two actions");
        assert!(refusal.observation("").starts_with("Error: Only one 'Action' is allowed"));
    }
}
