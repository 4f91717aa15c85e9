//! The native server: the page, an OpenAI-compatible API and two-player solving over one port.
//!
//! It owns what the engine must not: files, sockets, threads and the wire formats of others. Every model runs on a
//! thread of its own ([`Model`]); requests reach it through a bounded queue, and dropping the receiver of a
//! request's events is how it is cancelled.
//!
//! ```
//! use std::sync::Arc;
//! use duet_server::{AppState, app};
//!
//! let state = AppState::new(Vec::new()); // no models: the page and /health still work
//! let router = app(Arc::new(state));
//! # let _: axum::Router = router;
//! ```

mod api_error;
mod app;
mod body;
mod chat;
pub mod critique;
mod durable;
mod engine_thread;
pub mod evaluate;
mod fields;
mod gym;
mod health;
mod inference;
mod listen;
mod load;
mod model_file;
mod model_list;
mod page;
pub mod rollouts;
mod solve;
mod sse;
pub mod train;

pub use api_error::ApiError;
pub use app::{AppState, Origin, app, environment_app};
pub use engine_thread::{Model, Status};
pub use gym::{ENVIRONMENTS, InstanceLimits};
pub use inference::Inference;
pub use listen::{ServeLimits, serve};
pub use load::{BackendKind, EngineOptions, LoadError, load_engine, read_model};
