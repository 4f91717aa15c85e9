//! Two-player reasoning from outside: runs with a scripted player, and the public data sets where they stand.

mod chance;
mod collect;
mod critique;
mod data;
mod script;
mod search;
mod search_engine;
mod smollm2;
mod solve;
mod story;
