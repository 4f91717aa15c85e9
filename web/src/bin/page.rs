//! The page's program: mounts the user interface.

fn main() {
    duet_web::page::start();
}
