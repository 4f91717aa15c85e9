//! The forms in which agents write (`specs/agentgym.md` §2.5): what an agent writes is read by the environment's client
//! ([`Client`]), as AgentGym's Python clients do it, and becomes an action, or an answer of the client's own. Conversations
//! are kept by [`rollout`](super::rollout).
//!
//! ```
//! use duet_engine::gym::agent::{Client, Format};
//! let client = Client::of("maze");
//! let intent = client.read(Format::React, "Thought:\nDown.\n\nAction:\nmove down").expect("an action");
//! assert_eq!(intent.action, "move down");
//! ```

mod call;
mod client;
mod formats;
mod functions;

pub use call::{Argument, Call, CallError};
pub use client::{Client, Refusal};
pub use formats::{Format, FormatError, Intent, code_as_action, function_calling, react};
pub use functions::{ALFWORLD, BindError, Function, SCIWORLD, WEBSHOP, signatures, tools};
