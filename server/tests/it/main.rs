//! The server from the outside: routers without sockets, and sockets where only they show it.

mod bad_requests;
mod chat;
mod listen;
mod models;
mod page;
mod resilience;
mod scripted;
mod solve;
mod world;
