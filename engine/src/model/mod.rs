//! The transformer, written once.
