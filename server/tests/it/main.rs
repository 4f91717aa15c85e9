//! The server from the outside: routers without sockets, and sockets where only they show it.
// A test that cannot go on should say where (clippy's own exception does not reach helpers), and a skipped one that it was.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod bad_requests;
mod chat;
mod cli;
mod critique;
mod gym;
mod gym_cli;
mod listen;
mod models;
mod page;
mod real_model;
mod resilience;
mod scripted;
mod serve_pair;
mod solve;
mod train;
mod world;
