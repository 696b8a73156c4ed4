//! The AIRs, each with its trace as a function of the instance.

mod assorted;
mod bus;
mod masks;
mod matmul;
mod poseidon2;
mod range_check;
mod steps;
mod wide_fibonacci;

use rayon::prelude::*;
use stwo::core::fields::m31::BaseField;
use stwo::core::fields::qm31::SecureField;
use stwo::core::poly::circle::CanonicCoset;
use stwo::core::utils::{bit_reverse_index, coset_index_to_circle_domain_index};
use stwo::prover::backend::simd::column::BaseColumn;
use stwo::prover::backend::simd::m31::{PackedBaseField, LOG_N_LANES, N_LANES};
use stwo::prover::backend::simd::qm31::PackedSecureField;
use stwo::prover::backend::simd::SimdBackend;
use stwo::prover::poly::circle::CircleEvaluation;
use stwo::prover::poly::BitReversedOrder;
use stwo::prover::ComponentProver;
use stwo_constraint_framework::logup::LookupElements;
use stwo_constraint_framework::preprocessed_columns::PreProcessedColumnId;
use stwo_constraint_framework::{EvalAtRow, LogupTraceGenerator, TraceLocationAllocator};

use crate::flags::Instance;

pub type Eval = CircleEvaluation<SimdBackend, BaseField, BitReversedOrder>;
pub type BoxedComponent = Box<dyn ComponentProver<SimdBackend>>;

/// Two secure felts drawn together: z and α of a relation.
pub type Draw = [SecureField; 2];

pub trait Air {
    /// log₂ of the rows of the largest component.
    fn max_log_size(&self) -> u32;
    /// The columns of tree 0.
    fn preprocessed_ids(&self) -> Vec<PreProcessedColumnId>;
    fn preprocessed(&self) -> Vec<Eval>;
    /// The trees that are committed before challenges are drawn.
    fn trace(&mut self) -> Vec<Vec<Eval>>;
    /// How often two secure felts are drawn; there is no interaction tree if never.
    fn draws(&self) -> usize {
        0
    }
    /// The interaction tree's columns and the claimed sums.
    fn interaction(&mut self, _: &[Draw]) -> (Vec<Eval>, Vec<SecureField>) {
        unreachable!("this AIR draws no challenges")
    }
    fn claimed_sums(&self) -> usize {
        0
    }
    /// Whether the claimed sums must cancel.
    fn closed(&self) -> bool {
        true
    }
    fn components(&self, draws: &[Draw], claimed_sums: &[SecureField]) -> Vec<BoxedComponent>;
}

pub fn new(i: &Instance) -> Result<Box<dyn Air>, String> {
    Ok(match i.air.as_str() {
        "wide-fibonacci" => Box::new(wide_fibonacci::WideFibonacci::new(i)?),
        "matmul" => Box::new(matmul::Matmul::single(i)?),
        "matmul-batch" => Box::new(matmul::Matmul::batch(i)?),
        "range-check" => Box::new(range_check::RangeCheck::new(i)?),
        "bus" => Box::new(bus::Bus::new(i)?),
        "masks" => Box::new(masks::Masks::new(i)),
        "assorted" => Box::new(assorted::Assorted::new(i)?),
        "poseidon2" => Box::new(poseidon2::Poseidon2::new(i)?),
        _ => return Err(format!("no such AIR: {:?}", i.air)),
    })
}

fn id(name: &str, log_size: u32) -> PreProcessedColumnId {
    PreProcessedColumnId {
        id: format!("{name}_{log_size}"),
    }
}

fn allocator(air: &dyn Air) -> TraceLocationAllocator {
    TraceLocationAllocator::new_with_preprocessed_columns(&air.preprocessed_ids())
}

fn evaluation(log_size: u32, values: BaseColumn) -> Eval {
    CircleEvaluation::new(CanonicCoset::new(log_size).circle_domain(), values)
}

/// Where row r, in coset order, is stored.
fn position(r: usize, log_size: u32) -> usize {
    bit_reverse_index(coset_index_to_circle_domain_index(r, log_size), log_size)
}

/// A column by row in coset order.
fn rows(log_size: u32, cell: impl Fn(usize) -> BaseField) -> Eval {
    let mut values = vec![BaseField::from(0); 1 << log_size];
    for r in 0..1 << log_size {
        values[position(r, log_size)] = cell(r);
    }
    evaluation(log_size, BaseColumn::from_iter(values))
}

/// The columns that mark the first and the last row.
fn end_ids(log_size: u32) -> Vec<PreProcessedColumnId> {
    ["first", "last"].map(|name| id(name, log_size)).into()
}

fn ends(log_size: u32) -> Vec<Eval> {
    [0, (1usize << log_size) - 1]
        .map(|at| rows(log_size, |r| BaseField::from((r == at) as u32)))
        .into()
}

fn elements<const N: usize>(draw: &Draw) -> LookupElements<N> {
    let [z, alpha] = *draw;
    let mut power = SecureField::from(BaseField::from(1));
    LookupElements {
        z,
        alpha,
        alpha_powers: std::array::from_fn(|_| {
            let p = power;
            power *= alpha;
            p
        }),
    }
}

/// A numerator and the columns that are combined to its denominator.
struct Fraction<'a, const N: usize> {
    numerator: Option<&'a BaseColumn>, // 1 if there is none
    negative: bool,
    values: [&'a BaseColumn; N],
}

/// The interaction columns of one component whose fractions are batched in
/// consecutive groups of `batch`, and their sum.
fn logup<const N: usize>(
    log_size: u32,
    elements: &LookupElements<N>,
    batch: usize,
    fractions: &[Fraction<'_, N>],
) -> (Vec<Eval>, SecureField) {
    let mut generator = LogupTraceGenerator::new(log_size);
    for group in fractions.chunks(batch) {
        generator.col_from_par_iter((0..1usize << (log_size - LOG_N_LANES)).into_par_iter().map(
            |row| {
                let mut sum: Option<(PackedSecureField, PackedSecureField)> = None;
                for f in group {
                    let denominator: PackedSecureField =
                        elements.combine(&f.values.map(|c| c.data[row]));
                    let mut n = f
                        .numerator
                        .map_or(PackedBaseField::broadcast(BaseField::from(1)), |c| {
                            c.data[row]
                        });
                    if f.negative {
                        n = -n;
                    }
                    let numerator = PackedSecureField::from(n);
                    sum = Some(match sum {
                        None => (numerator, denominator),
                        Some((a, b)) => (a * denominator + numerator * b, b * denominator),
                    });
                }
                sum.expect("groups are not empty")
            },
        ));
    }
    generator.finalize_last()
}

/// The secure field's 1 as the evaluator represents it.
fn one<E: EvalAtRow>() -> E::EF {
    E::EF::from(SecureField::from(BaseField::from(1)))
}

/// Sixteen consecutive stored positions from `row`·16 on.
fn lanes(row: usize) -> PackedBaseField {
    PackedBaseField::from_array(std::array::from_fn(|i| {
        BaseField::from((row * N_LANES + i) as u32)
    }))
}
