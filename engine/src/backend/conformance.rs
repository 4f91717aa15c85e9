//! Every operation of a backend against its plain-Rust twin, over a table of shapes.
