//! Column i + 2 is the sum of the squares of columns i and i + 1.

use stwo::core::fields::m31::BaseField;
use stwo::core::fields::qm31::SecureField;
use stwo::core::fields::FieldExpOps;
use stwo::prover::backend::simd::column::BaseColumn;
use stwo::prover::backend::simd::m31::{PackedBaseField, LOG_N_LANES};
use stwo::prover::backend::Column;
use stwo_constraint_framework::preprocessed_columns::PreProcessedColumnId;
use stwo_constraint_framework::{EvalAtRow, FrameworkComponent, FrameworkEval};

use super::{allocator, evaluation, lanes, Air, BoxedComponent, Draw, Eval};
use crate::flags::Instance;

pub struct Fibonacci {
    pub log_rows: u32,
    pub columns: usize,
}

impl FrameworkEval for Fibonacci {
    fn log_size(&self) -> u32 {
        self.log_rows
    }
    fn max_constraint_log_degree_bound(&self) -> u32 {
        self.log_rows + 1
    }
    fn evaluate<E: EvalAtRow>(&self, mut eval: E) -> E {
        let mut a = eval.next_trace_mask();
        let mut b = eval.next_trace_mask();
        for _ in 2..self.columns {
            let c = eval.next_trace_mask();
            eval.add_constraint(c.clone() - (a.square() + b.square()));
            (a, b) = (b, c);
        }
        eval
    }
}

/// The columns: 1, then stored position plus seed, then the recurrence.
pub fn columns(log_rows: u32, columns: usize, seed: u64) -> Vec<Eval> {
    let mut trace = vec![BaseColumn::zeros(1 << log_rows); columns];
    let shift = PackedBaseField::broadcast(BaseField::from(seed as u32));
    for row in 0..1 << (log_rows - LOG_N_LANES) {
        let mut a = PackedBaseField::broadcast(BaseField::from(1));
        let mut b = lanes(row) + shift;
        for column in trace.iter_mut() {
            column.data[row] = a;
            (a, b) = (b, a.square() + b.square());
        }
    }
    trace
        .into_iter()
        .map(|values| evaluation(log_rows, values))
        .collect()
}

pub struct WideFibonacci {
    log_rows: u32,
    columns: usize,
    seed: u64,
}

impl WideFibonacci {
    pub fn new(i: &Instance) -> Result<Self, String> {
        if i.columns < 3 {
            return Err(format!("--columns {}: want at least 3", i.columns));
        }
        Ok(Self {
            log_rows: i.log_rows,
            columns: i.columns,
            seed: i.seed,
        })
    }
}

impl Air for WideFibonacci {
    fn max_log_size(&self) -> u32 {
        self.log_rows
    }
    fn preprocessed_ids(&self) -> Vec<PreProcessedColumnId> {
        vec![]
    }
    fn preprocessed(&self) -> Vec<Eval> {
        vec![]
    }
    fn trace(&mut self) -> Vec<Vec<Eval>> {
        vec![columns(self.log_rows, self.columns, self.seed)]
    }
    fn components(&self, _: &[Draw], _: &[SecureField]) -> Vec<BoxedComponent> {
        vec![Box::new(FrameworkComponent::new(
            &mut allocator(self),
            Fibonacci {
                log_rows: self.log_rows,
                columns: self.columns,
            },
            SecureField::default(),
        ))]
    }
}
