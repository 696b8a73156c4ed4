//! Recurrences over two rows, which components shorter than others may have.

use stwo::core::fields::m31::BaseField;
use stwo::core::fields::qm31::SecureField;
use stwo_constraint_framework::preprocessed_columns::PreProcessedColumnId;
use stwo_constraint_framework::{
    EvalAtRow, FrameworkComponent, FrameworkEval, TraceLocationAllocator,
};

use super::{end_ids, ends, id, rows, BoxedComponent, Eval};
use crate::seed::element;

struct Pairs {
    log_rows: u32,
}

impl FrameworkEval for Pairs {
    fn log_size(&self) -> u32 {
        self.log_rows
    }
    fn max_constraint_log_degree_bound(&self) -> u32 {
        self.log_rows + 1
    }
    fn evaluate<E: EvalAtRow>(&self, mut eval: E) -> E {
        let one = E::F::from(BaseField::from(1));
        let first = eval.get_preprocessed_column(id("first", self.log_rows));
        let last = eval.get_preprocessed_column(id("last", self.log_rows));
        let [u, un] = eval.next_interaction_mask(1, [0, 1]);
        let [vp, v] = eval.next_interaction_mask(1, [-1, 0]);
        eval.add_constraint((one.clone() - last) * (un - u.clone() * u.clone() - one.clone()));
        eval.add_constraint(v - (one - first) * vp - u);
        eval
    }
}

pub struct Steps {
    log_rows: u32,
    seed: u64,
}

impl Steps {
    pub fn sized(log_rows: u32, seed: u64) -> Self {
        Self { log_rows, seed }
    }

    pub fn preprocessed_ids(&self) -> Vec<PreProcessedColumnId> {
        end_ids(self.log_rows)
    }

    pub fn preprocessed(&self) -> Vec<Eval> {
        ends(self.log_rows)
    }

    pub fn generate(&self) -> Vec<Eval> {
        let mut u = vec![element(self.seed, 0, 0)];
        let mut v = vec![u[0]];
        for r in 1..1usize << self.log_rows {
            u.push(u[r - 1] * u[r - 1] + BaseField::from(1));
            v.push(v[r - 1] + u[r]);
        }
        [u, v].map(|c| rows(self.log_rows, |r| c[r])).into()
    }

    pub fn component(&self, allocator: &mut TraceLocationAllocator) -> BoxedComponent {
        let eval = Pairs {
            log_rows: self.log_rows,
        };
        Box::new(FrameworkComponent::new(
            allocator,
            eval,
            SecureField::default(),
        ))
    }
}
