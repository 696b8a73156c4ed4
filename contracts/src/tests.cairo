//! Tests of the contracts together, each in one small world that `world` deploys.

mod signing;
mod world;
mod attempts;
