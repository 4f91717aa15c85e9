//! The worker: owns the engine, the GPU and the browser's storage. One task works through the commands in order, so
//! nothing is shared and nothing is locked; a cancellation is noted as it arrives, beside that order.

mod bench;
mod chart;
mod conformance;
mod curve;
mod desk;
mod device;
mod fetch;
mod line;
mod load;
mod pause;
mod players;
mod search;
mod solve;
mod store;
mod sweep;
mod timing;

use wasm_bindgen_futures::spawn_local;

/// Listens for commands for as long as the worker lives.
pub fn start() {
    let line = line::Line::open();
    let listening = line.clone();
    // A panic cannot be survived: what it was doing is half done. The page is told, and offers a restart.
    std::panic::set_hook(Box::new(move |info| {
        console_error_panic_hook::hook(info);
        line::report_death(&info.to_string());
    }));
    spawn_local(desk::work(listening));
    line.announce();
}
