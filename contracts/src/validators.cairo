//! Validators: who votes in which epoch, with which key and weight, and what lying costs.

pub mod epoch_tables;
pub mod registry;
pub mod seats;
