//! The protocol around an AIR: commitments, draws and claimed sums in order.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use stwo::core::air::{Component, Components};
use stwo::core::channel::{Blake2sChannel, Channel};
use stwo::core::fields::qm31::SecureField;
use stwo::core::pcs::{CommitmentSchemeVerifier, PcsConfig};
use stwo::core::poly::circle::CanonicCoset;
use stwo::core::proof::StarkProof;
use stwo::core::proof_of_work::GrindOps;
use stwo::core::vcs_lifted::blake2_merkle::{Blake2sMerkleChannel, Blake2sMerkleHasher};
use stwo::prover::backend::simd::SimdBackend;
use stwo::prover::poly::circle::PolyOps;
use stwo::prover::{CommitmentSchemeProver, ComponentProver};

use crate::air::{self, Air, Draw, Eval};
use crate::flags::Instance;

/// A proof with the nonce that was ground before the challenges were drawn and the
/// claimed sums of the AIR's lookup components, in order.
#[derive(Serialize, Deserialize)]
pub struct Sealed {
    pub interaction_pow: u64,
    pub claimed_sums: Vec<SecureField>,
    pub proof: StarkProof<Blake2sMerkleHasher>,
}

fn transcript(words: &[u32], config: PcsConfig) -> Blake2sChannel {
    let mut channel = Blake2sChannel::default();
    if !words.is_empty() {
        channel.mix_u32s(words);
    }
    config.mix_into(&mut channel);
    channel
}

fn draw(air: &dyn Air, channel: &mut Blake2sChannel) -> Vec<Draw> {
    (0..air.draws())
        .map(|_| channel.draw_secure_felts(2).try_into().unwrap())
        .collect()
}

/// Proves the instance; the duration is what the generation of columns took. The
/// columns of lookups, which the crate's generator fills, are part of proving.
pub fn prove(instance: &Instance) -> Result<(Sealed, Duration), String> {
    let mut air = air::new(instance)?;
    let config = instance.config;
    let mut generation = Duration::ZERO;
    let mut timed = |f: &mut dyn FnMut()| {
        let start = Instant::now();
        f();
        generation += start.elapsed();
    };

    let twiddles = SimdBackend::precompute_twiddles(
        CanonicCoset::new(air.max_log_size() + 1 + config.fri_config.log_blowup_factor)
            .circle_domain()
            .half_coset,
    );
    let mut channel = transcript(&instance.words, config);
    let mut scheme =
        CommitmentSchemeProver::<SimdBackend, Blake2sMerkleChannel>::new(config, &twiddles);
    if instance.store_coefficients {
        scheme.set_store_polynomials_coefficients();
    }

    // Tree 0 and the trace.
    let mut trees: Vec<Vec<Eval>> = vec![];
    timed(&mut || {
        trees.push(air.preprocessed());
        trees.append(&mut air.trace());
    });
    for tree in trees {
        let mut builder = scheme.tree_builder();
        builder.extend_evals(tree);
        builder.commit(&mut channel);
    }

    // Challenges, claimed sums and the interaction.
    let (mut interaction_pow, mut claimed_sums) = (0, vec![]);
    if instance.interaction_pow_bits > 0 {
        interaction_pow = SimdBackend::grind(&channel, instance.interaction_pow_bits);
        channel.mix_u64(interaction_pow);
    }
    let draws = draw(&*air, &mut channel);
    if !draws.is_empty() {
        let mut columns = vec![];
        if air.claimed_sums() == 0 {
            timed(&mut || (columns, claimed_sums) = air.interaction(&draws));
        } else {
            (columns, claimed_sums) = air.interaction(&draws);
        }
        if !claimed_sums.is_empty() {
            channel.mix_felts(&claimed_sums);
        }
        let mut builder = scheme.tree_builder();
        builder.extend_evals(columns);
        builder.commit(&mut channel);
    }

    let components = air.components(&draws, &claimed_sums);
    let provers: Vec<&dyn ComponentProver<SimdBackend>> =
        components.iter().map(|c| c.as_ref()).collect();
    let proof = stwo::prover::prove(&provers, &mut channel, scheme).map_err(|e| e.to_string())?;
    Ok((
        Sealed {
            interaction_pow,
            claimed_sums,
            proof,
        },
        generation,
    ))
}

/// Verifies a proof of the instance.
pub fn verify(instance: &Instance, sealed: Sealed) -> Result<(), String> {
    let air = air::new(instance)?;
    let config = instance.config;
    let Sealed {
        interaction_pow,
        claimed_sums,
        proof,
    } = sealed;
    if proof.config != config {
        return Err("the configuration is not the demanded one".into());
    }
    if claimed_sums.len() != air.claimed_sums() {
        return Err(format!(
            "{} claimed sums, want {}",
            claimed_sums.len(),
            air.claimed_sums()
        ));
    }
    let zero = SecureField::default();
    if air.closed() && claimed_sums.iter().fold(zero, |a, b| a + *b) != zero {
        return Err("the claimed sums do not cancel".into());
    }

    // The sizes depend on no challenge.
    let nothing = vec![[zero; 2]; air.draws()];
    let shapes = air.components(&nothing, &claimed_sums);
    let sizes = Components {
        components: shapes
            .iter()
            .map(|c| c.as_ref() as &dyn Component)
            .collect(),
        n_preprocessed_columns: air.preprocessed_ids().len(),
    }
    .column_log_sizes();
    if proof.commitments.len() != sizes.len() + 1 {
        return Err(format!(
            "{} commitments, want {}",
            proof.commitments.len(),
            sizes.len() + 1
        ));
    }

    let mut channel = transcript(&instance.words, config);
    let mut scheme = CommitmentSchemeVerifier::<Blake2sMerkleChannel>::new(config);
    let interaction = if air.draws() == 0 {
        sizes.len()
    } else {
        sizes.len() - 1
    };
    for tree in 0..interaction {
        scheme.commit(proof.commitments[tree], &sizes[tree], &mut channel);
    }
    if instance.interaction_pow_bits > 0 {
        if !channel.verify_pow_nonce(instance.interaction_pow_bits, interaction_pow) {
            return Err("the interaction's proof of work does not hold".into());
        }
        channel.mix_u64(interaction_pow);
    } else if interaction_pow != 0 {
        return Err("a nonce where none is demanded".into());
    }
    let draws = draw(&*air, &mut channel);
    if !draws.is_empty() {
        if !claimed_sums.is_empty() {
            channel.mix_felts(&claimed_sums);
        }
        scheme.commit(
            proof.commitments[interaction],
            &sizes[interaction],
            &mut channel,
        );
    }
    let components = air.components(&draws, &claimed_sums);
    let components: Vec<&dyn Component> = components
        .iter()
        .map(|c| c.as_ref() as &dyn Component)
        .collect();
    stwo::core::verifier::verify(&components, &mut channel, &mut scheme, proof)
        .map_err(|e| e.to_string())
}
