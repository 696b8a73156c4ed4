//! Tests of private payments; `vectors` is generated from the Go provers.

mod probe;
mod router;
mod statements;
mod vectors;
