//! The whole service from outside: the real binary, a real database file, a vendor over a socket, HTTP.

mod harness;

mod bad_input;
mod demo;
mod persistence;
mod terminal;
mod vendors;
mod worked_examples;
