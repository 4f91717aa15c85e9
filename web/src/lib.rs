//! The page and the worker that owns the engine: two wasm programs of one crate.
//!
//! * `page` is the leptos user interface. It never touches a model: it posts [`protocol::Command`]s to the worker and
//!   folds the events that come back, or a recorded run's, into a [`run::RunView`].
//! * `worker` owns the engine, the GPU and the browser's storage, in a module Web Worker of its own, so that the page
//!   stays responsive while a model computes.
//!
//! Neither renders model text as anything but text nodes.

pub mod page;
pub mod problems;
pub mod protocol;
pub mod run;
pub mod search;
pub mod settings;
pub mod worker;
