//! The worker's program: owns the engine and answers the page.

fn main() {
    duet_web::worker::start();
}
