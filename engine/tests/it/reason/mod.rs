//! Two-player reasoning from outside: runs with a scripted player, and the public data sets where they stand.

mod collect;
mod critique;
mod data;
mod script;
mod smollm2;
mod solve;
mod story;
