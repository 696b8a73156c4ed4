//! Exchanges matmul proofs with the Rust crate stwo 2.3.0.
//!
//! `prove` reads an instance as JSON from standard input and writes the crate's
//! proof; `verify` reads an instance with a proof and writes "ok" or fails.
//! `bench` proves and reports the time.

use std::io::Read;
use std::process::ExitCode;
use std::time::Instant;

use serde::Deserialize;
use stwo::core::air::Component;
use stwo::core::channel::{Blake2sChannel, Channel};
use stwo::core::fields::m31::BaseField;
use stwo::core::fields::qm31::SecureField;
use stwo::core::fri::FriConfig;
use stwo::core::pcs::{CommitmentSchemeVerifier, PcsConfig};
use stwo::core::poly::circle::CanonicCoset;
use stwo::core::proof::StarkProof;
use stwo::core::utils::{bit_reverse_index, coset_index_to_circle_domain_index};
use stwo::core::vcs_lifted::blake2_merkle::{Blake2sMerkleChannel, Blake2sMerkleHasher};
use stwo::core::verifier::verify;
use stwo::prover::backend::simd::column::BaseColumn;
use stwo::prover::backend::simd::SimdBackend;
use stwo::prover::poly::circle::{CircleEvaluation, PolyOps};
use stwo::prover::poly::BitReversedOrder;
use stwo::prover::{prove, CommitmentSchemeProver};
use stwo_constraint_framework::preprocessed_columns::PreProcessedColumnId;
use stwo_constraint_framework::{
    EvalAtRow, FrameworkComponent, FrameworkEval, TraceLocationAllocator,
};

type Proof = StarkProof<Blake2sMerkleHasher>;
type Eval = CircleEvaluation<SimdBackend, BaseField, BitReversedOrder>;

/// What both sides know: the size and the words that open the transcript.
#[derive(Deserialize)]
struct Instance {
    k: u32,
    words: Vec<u32>,
    /// Version 1 has 26.
    pow_bits: u32,
    /// n × n entries, row by row; only for proving.
    #[serde(default)]
    a: Vec<u32>,
    #[serde(default)]
    b: Vec<u32>,
    #[serde(default)]
    c: Vec<u32>,
    /// Only for verifying.
    proof: Option<Proof>,
}

fn config(pow_bits: u32) -> PcsConfig {
    PcsConfig {
        pow_bits,
        fri_config: FriConfig::new(0, 4, 20, 3),
        lifting_log_size: None,
    }
}

/// The constraints of package air/matmul, version 1.
struct Matmul {
    log_size: u32,
    alpha: SecureField,
    beta: SecureField,
}

fn column_id(name: &str) -> PreProcessedColumnId {
    PreProcessedColumnId { id: name.into() }
}

impl FrameworkEval for Matmul {
    fn log_size(&self) -> u32 {
        self.log_size
    }

    fn max_constraint_log_degree_bound(&self) -> u32 {
        self.log_size + 1
    }

    fn evaluate<E: EvalAtRow>(&self, mut eval: E) -> E {
        let first = E::EF::from(eval.get_preprocessed_column(column_id("first")));
        let start = E::EF::from(eval.get_preprocessed_column(column_id("start")));
        let [a] = eval.next_interaction_mask(1, [0]);
        let [b] = eval.next_interaction_mask(1, [0]);
        let [c] = eval.next_interaction_mask(2, [0]);
        let [xp, x] = eval.next_extension_interaction_mask(3, [-1, 0]);
        let [yp, y] = eval.next_extension_interaction_mask(3, [-1, 0]);
        let [zp, z] = eval.next_extension_interaction_mask(3, [-1, 0]);
        let [up, u] = eval.next_extension_interaction_mask(3, [-1, 0]);
        let [wp, w] = eval.next_extension_interaction_mask(3, [-1, 0]);
        let one = E::EF::from(SecureField::from(BaseField::from(1)));
        let alpha = E::EF::from(self.alpha);
        let beta = E::EF::from(self.beta);

        let in_block = one.clone() - start.clone();
        let not_first = one.clone() - first.clone();
        let boundary = start - first.clone();
        let product = xp.clone() * yp.clone();

        eval.add_constraint(x - in_block.clone() * alpha.clone() * xp - E::EF::from(a));
        eval.add_constraint(y - in_block.clone() * beta.clone() * yp - E::EF::from(b));
        eval.add_constraint(z - in_block * beta * zp.clone() - E::EF::from(c));
        eval.add_constraint(
            u - not_first.clone() * up.clone() - boundary.clone() * product.clone(),
        );
        eval.add_constraint(
            w - not_first * wp.clone()
                - boundary * ((alpha.clone() - one) * wp.clone() + zp.clone()),
        );
        eval.add_constraint(first * (up + product - alpha * wp - zp));
        eval
    }
}

/// Puts rows, in coset order, where the trace stores them.
fn column(log_size: u32, rows: impl Fn(usize) -> BaseField) -> Eval {
    let mut values = vec![BaseField::from(0); 1 << log_size];
    for r in 0..1 << log_size {
        values[bit_reverse_index(coset_index_to_circle_domain_index(r, log_size), log_size)] =
            rows(r);
    }
    CircleEvaluation::new(
        CanonicCoset::new(log_size).circle_domain(),
        BaseColumn::from_iter(values),
    )
}

/// The four coordinate columns of secure rows.
fn secure_columns(log_size: u32, rows: &[SecureField]) -> Vec<Eval> {
    (0..4)
        .map(|j| column(log_size, |r| rows[r].to_m31_array()[j]))
        .collect()
}

fn transcript(words: &[u32], config: PcsConfig) -> Blake2sChannel {
    let mut channel = Blake2sChannel::default();
    channel.mix_u32s(words);
    config.mix_into(&mut channel);
    channel
}

fn prove_matmul(instance: &Instance) -> Result<Proof, String> {
    let k = instance.k;
    let n = 1usize << k;
    let log_size = 2 * k;
    let m = |v: &Vec<u32>, i: usize, j: usize| BaseField::from(v[i * n + j]);
    let a = |r: usize| m(&instance.a, r % n, r / n);
    let b = |r: usize| m(&instance.b, r / n, r % n);
    let c = |r: usize| m(&instance.c, r / n, r % n);

    let config = config(instance.pow_bits);
    let twiddles = SimdBackend::precompute_twiddles(
        CanonicCoset::new(log_size + 1 + config.fri_config.log_blowup_factor)
            .circle_domain()
            .half_coset,
    );
    let mut channel = transcript(&instance.words, config);
    let mut scheme =
        CommitmentSchemeProver::<SimdBackend, Blake2sMerkleChannel>::new(config, &twiddles);

    let bit = |v: bool| BaseField::from(v as u32);
    for tree in [
        vec![
            column(log_size, |r| bit(r == 0)),
            column(log_size, |r| bit(r % n == 0)),
        ],
        vec![column(log_size, a), column(log_size, b)],
        vec![column(log_size, c)],
    ] {
        let mut builder = scheme.tree_builder();
        builder.extend_evals(tree);
        builder.commit(&mut channel);
    }
    let felts = channel.draw_secure_felts(2);
    let (alpha, beta) = (felts[0], felts[1]);

    let zero = SecureField::from(BaseField::from(0));
    let mut columns = vec![vec![zero; n * n]; 5];
    for r in 0..n * n {
        let start = r % n == 0;
        let prev = |i: usize| if r == 0 { zero } else { columns[i][r - 1] };
        let horner = |i: usize, f: SecureField, v: BaseField| {
            (if start { zero } else { f * prev(i) }) + SecureField::from(v)
        };
        let boundary = start && r > 0;
        let row = [
            horner(0, alpha, a(r)),
            horner(1, beta, b(r)),
            horner(2, beta, c(r)),
            prev(3) + if boundary { prev(0) * prev(1) } else { zero },
            if boundary {
                alpha * prev(4) + prev(2)
            } else {
                prev(4)
            },
        ];
        for (column, v) in columns.iter_mut().zip(row) {
            column[r] = v;
        }
    }
    let mut builder = scheme.tree_builder();
    builder.extend_evals(
        columns
            .iter()
            .flat_map(|rows| secure_columns(log_size, rows))
            .collect(),
    );
    builder.commit(&mut channel);

    let component = component(log_size, alpha, beta);
    prove(&[&component], &mut channel, scheme).map_err(|e| e.to_string())
}

fn component(log_size: u32, alpha: SecureField, beta: SecureField) -> FrameworkComponent<Matmul> {
    let mut allocator = TraceLocationAllocator::new_with_preprocessed_columns(&[
        column_id("first"),
        column_id("start"),
    ]);
    FrameworkComponent::new(
        &mut allocator,
        Matmul {
            log_size,
            alpha,
            beta,
        },
        SecureField::from(BaseField::from(0)),
    )
}

fn verify_matmul(instance: Instance) -> Result<(), String> {
    let config = config(instance.pow_bits);
    let proof = instance.proof.ok_or("no proof")?;
    if proof.config != config {
        return Err("configuration is not the demanded one".into());
    }
    if proof.commitments.len() != 5 {
        return Err(format!("{} commitments, want 5", proof.commitments.len()));
    }
    let log_size = 2 * instance.k;
    let zero = SecureField::from(BaseField::from(0));
    let sizes = component(log_size, zero, zero).trace_log_degree_bounds();
    let mut channel = transcript(&instance.words, config);
    let mut scheme = CommitmentSchemeVerifier::<Blake2sMerkleChannel>::new(config);
    for tree in 0..3 {
        scheme.commit(proof.commitments[tree], &sizes[tree], &mut channel);
    }
    let felts = channel.draw_secure_felts(2);
    scheme.commit(proof.commitments[3], &sizes[3], &mut channel);
    let component = component(log_size, felts[0], felts[1]);
    verify(&[&component], &mut channel, &mut scheme, proof).map_err(|e| e.to_string())
}

fn run() -> Result<(), String> {
    let command = std::env::args().nth(1).unwrap_or_default();
    let mut input = String::new();
    std::io::stdin()
        .read_to_string(&mut input)
        .map_err(|e| e.to_string())?;
    let instance: Instance = serde_json::from_str(&input).map_err(|e| e.to_string())?;
    match command.as_str() {
        "prove" => {
            let proof = prove_matmul(&instance)?;
            println!("{}", serde_json::to_string(&proof).map_err(|e| e.to_string())?);
        }
        "bench" => {
            let start = Instant::now();
            prove_matmul(&instance)?;
            println!("{:.2} s", start.elapsed().as_secs_f64());
        }
        "verify" => {
            // The crate panics on wrong shapes.
            std::panic::catch_unwind(|| verify_matmul(instance))
                .map_err(|_| "the verifier panicked".to_string())??;
            println!("ok");
        }
        _ => return Err("usage: sage-prover-interop prove|verify|bench < instance.json".into()),
    }
    Ok(())
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
