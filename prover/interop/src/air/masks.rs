//! Recurrences that read the rows before and after.

use stwo::core::fields::m31::BaseField;
use stwo::core::fields::qm31::SecureField;
use stwo_constraint_framework::preprocessed_columns::PreProcessedColumnId;
use stwo_constraint_framework::{
    EvalAtRow, FrameworkComponent, FrameworkEval, TraceLocationAllocator,
};

use super::{allocator, end_ids, ends, id, rows, Air, BoxedComponent, Draw, Eval};
use crate::flags::Instance;
use crate::seed::element;

pub struct Recurrences {
    pub log_rows: u32,
}

impl FrameworkEval for Recurrences {
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
        let [xp, x, xn] = eval.next_interaction_mask(1, [-1, 0, 1]);
        let [y, yn] = eval.next_interaction_mask(1, [0, 1]);
        let [wp, w] = eval.next_interaction_mask(1, [-1, 0]);
        eval.add_constraint(
            (one.clone() - first.clone() - last.clone()) * (xn - x.clone() * x.clone() - xp),
        );
        eval.add_constraint((one.clone() - last) * (yn - y.clone() - x.clone()));
        eval.add_constraint(w - (one - first) * wp - x * y);
        eval
    }
}

pub struct Masks {
    log_rows: u32,
    seed: u64,
}

impl Masks {
    pub fn new(i: &Instance) -> Self {
        Self::sized(i.log_rows, i.seed)
    }

    pub fn sized(log_rows: u32, seed: u64) -> Self {
        Self { log_rows, seed }
    }

    pub fn generate(&self) -> Vec<Eval> {
        let n = 1usize << self.log_rows;
        let mut x = vec![element(self.seed, 0, 0), element(self.seed, 0, 1)];
        while x.len() < n {
            let r = x.len() - 1;
            x.push(x[r] * x[r] + x[r - 1]);
        }
        let mut y = vec![element(self.seed, 0, 2)];
        let mut w = vec![x[0] * y[0]];
        for r in 1..n {
            y.push(y[r - 1] + x[r - 1]);
            w.push(w[r - 1] + x[r] * y[r]);
        }
        [x, y, w].map(|c| rows(self.log_rows, |r| c[r])).into()
    }

    pub fn component(&self, allocator: &mut TraceLocationAllocator) -> BoxedComponent {
        let eval = Recurrences {
            log_rows: self.log_rows,
        };
        Box::new(FrameworkComponent::new(
            allocator,
            eval,
            SecureField::default(),
        ))
    }
}

impl Air for Masks {
    fn max_log_size(&self) -> u32 {
        self.log_rows
    }
    fn preprocessed_ids(&self) -> Vec<PreProcessedColumnId> {
        end_ids(self.log_rows)
    }
    fn preprocessed(&self) -> Vec<Eval> {
        ends(self.log_rows)
    }
    fn trace(&mut self) -> Vec<Vec<Eval>> {
        vec![self.generate()]
    }
    fn components(&self, _: &[Draw], _: &[SecureField]) -> Vec<BoxedComponent> {
        vec![self.component(&mut allocator(self))]
    }
}
