//! Proves, verifies and times the AIRs of this repository's interoperation
//! matrix with the Rust crate stwo 2.3.0, so that its proofs can be exchanged
//! with package prover. README.md describes the flags and every AIR.
#![feature(portable_simd)]

mod air;
mod flags;
mod scheme;
mod seed;

use std::io::Read;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::process::ExitCode;
use std::time::Instant;

use serde_json::json;

use crate::flags::Instance;
use crate::scheme::Sealed;

fn prove(instance: &Instance) -> Result<(), String> {
    let (sealed, _) = scheme::prove(instance)?;
    println!(
        "{}",
        serde_json::to_string(&sealed).map_err(|e| e.to_string())?
    );
    Ok(())
}

fn verify(instance: &Instance) -> Result<(), String> {
    let mut input = String::new();
    std::io::stdin()
        .read_to_string(&mut input)
        .map_err(|e| e.to_string())?;
    let sealed: Sealed = serde_json::from_str(&input).map_err(|e| e.to_string())?;
    scheme::verify(instance, sealed)?;
    println!("ok");
    Ok(())
}

fn bench(instance: &Instance) -> Result<(), String> {
    let start = Instant::now();
    let (sealed, trace) = scheme::prove(instance)?;
    let total = start.elapsed();
    let peak = peak_rss();
    let data = serde_json::to_string(&sealed).map_err(|e| e.to_string())?;
    let mut verify = f64::MAX;
    for _ in 0..5 {
        let sealed: Sealed = serde_json::from_str(&data).map_err(|e| e.to_string())?;
        let start = Instant::now();
        scheme::verify(instance, sealed)?;
        verify = verify.min(start.elapsed().as_secs_f64());
    }
    println!(
        "{}",
        json!({
            "prove_seconds": (total - trace).as_secs_f64(),
            "trace_seconds": trace.as_secs_f64(),
            "verify_seconds": verify,
            "peak_rss_bytes": peak,
            "json_bytes": data.len(),
        })
    );
    Ok(())
}

/// The largest resident set that the process has had, in bytes.
fn peak_rss() -> u64 {
    std::fs::read_to_string("/proc/self/status")
        .unwrap_or_default()
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.trim().strip_suffix("kB")?.trim().parse::<u64>().ok())
        .map_or(0, |kb| kb * 1024)
}

fn run() -> Result<(), String> {
    let mut args = std::env::args().skip(1);
    let command = args.next().unwrap_or_default();
    let action = match command.as_str() {
        "prove" => prove,
        "verify" => verify,
        "bench" => bench,
        _ => return Err("usage: sage-prover-interop prove|verify|bench --air NAME FLAG…".into()),
    };
    let instance = Instance::parse(args)?;
    // The crate panics on wrong shapes.
    std::panic::set_hook(Box::new(|_| {}));
    catch_unwind(AssertUnwindSafe(|| action(&instance))).unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|s| s.to_string()));
        Err(format!("panicked: {}", text.unwrap_or_default()))
    })
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("sage-prover-interop: {e}");
            ExitCode::FAILURE
        }
    }
}
