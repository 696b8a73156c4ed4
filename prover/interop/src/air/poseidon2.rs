//! Poseidon2 permutations of 16 words, eight to a row, each looked up as a pair
//! of input and output. S-boxes take two columns, so that the degree is 3.

use std::ops::{Add, AddAssign, Mul};

use stwo::core::fields::m31::BaseField;
use stwo::core::fields::qm31::SecureField;
use stwo::prover::backend::simd::column::BaseColumn;
use stwo::prover::backend::simd::m31::{PackedBaseField, LOG_N_LANES};
use stwo::prover::backend::Column;
use stwo_constraint_framework::preprocessed_columns::PreProcessedColumnId;
use stwo_constraint_framework::{
    relation, EvalAtRow, FrameworkComponent, FrameworkEval, RelationEntry,
};

use super::{
    allocator, elements, evaluation, lanes, logup, one, Air, BoxedComponent, Draw, Eval, Fraction,
};
use crate::flags::Instance;

const STATE: usize = 16;
const HALF_FULL_ROUNDS: usize = 4;
const PARTIAL_ROUNDS: usize = 14;
const PER_ROW: usize = 8;
/// Inputs, then two columns an S-box.
const COLUMNS: usize = STATE + 2 * (2 * HALF_FULL_ROUNDS * STATE + PARTIAL_ROUNDS);
const ROUND_CONSTANT: u32 = 1234;

relation!(States, STATE);

/// The 4×4 matrix of Poseidon2, section 5.1 of eprint 2023/323.
fn four<F: Clone + Add<F, Output = F>>(x: &mut [F]) {
    let double = |v: &F| v.clone() + v.clone();
    let a = x[0].clone() + x[1].clone();
    let b = x[2].clone() + x[3].clone();
    let c = double(&x[1]) + b.clone();
    let d = double(&x[3]) + a.clone();
    let e = double(&double(&b)) + d.clone();
    let f = double(&double(&a)) + c.clone();
    x[0] = d.clone() + f.clone();
    x[1] = f;
    x[2] = c + e.clone();
    x[3] = e;
}

/// circ(2·M4, M4, M4, M4).
fn external<F: Clone + Add<F, Output = F> + AddAssign<F>>(state: &mut [F; STATE]) {
    state.chunks_mut(4).for_each(four);
    for j in 0..4 {
        let sum =
            state[j].clone() + state[j + 4].clone() + state[j + 8].clone() + state[j + 12].clone();
        for i in 0..4 {
            state[4 * i + j] += sum.clone();
        }
    }
}

/// All ones plus the diagonal 2, 4, …, 2¹⁶.
fn internal<F: Clone + Add<F, Output = F> + Mul<BaseField, Output = F>>(state: &mut [F; STATE]) {
    let sum = state[1..]
        .iter()
        .cloned()
        .fold(state[0].clone(), |a, b| a + b);
    for (i, s) in state.iter_mut().enumerate() {
        *s = s.clone() * BaseField::from(2u32 << i) + sum.clone();
    }
}

/// Runs the rounds; `sbox` maps x to x⁵.
fn permute<F>(state: &mut [F; STATE], constant: F, mut sbox: impl FnMut(F) -> F)
where
    F: Clone + Add<F, Output = F> + AddAssign<F> + Mul<BaseField, Output = F>,
{
    let full = |state: &mut [F; STATE], sbox: &mut dyn FnMut(F) -> F| {
        for _ in 0..HALF_FULL_ROUNDS {
            state.iter_mut().for_each(|s| *s += constant.clone());
            external(state);
            state.iter_mut().for_each(|s| *s = sbox(s.clone()));
        }
    };
    full(state, &mut sbox);
    for _ in 0..PARTIAL_ROUNDS {
        state[0] += constant.clone();
        internal(state);
        state[0] = sbox(state[0].clone());
    }
    full(state, &mut sbox);
}

struct Permutations {
    log_rows: u32,
    states: States,
}

impl FrameworkEval for Permutations {
    fn log_size(&self) -> u32 {
        self.log_rows
    }
    fn max_constraint_log_degree_bound(&self) -> u32 {
        self.log_rows + 1
    }
    fn evaluate<E: EvalAtRow>(&self, mut eval: E) -> E {
        for _ in 0..PER_ROW {
            let input: [E::F; STATE] = std::array::from_fn(|_| eval.next_trace_mask());
            let mut state = input.clone();
            let constant = E::F::from(BaseField::from(ROUND_CONSTANT));
            permute(&mut state, constant, |x| {
                let square = eval.next_trace_mask();
                let fifth = eval.next_trace_mask();
                eval.add_constraint(square.clone() - x.clone() * x.clone());
                eval.add_constraint(fifth.clone() - square.clone() * square * x);
                fifth
            });
            eval.add_to_relation(RelationEntry::new(&self.states, one::<E>(), &input));
            eval.add_to_relation(RelationEntry::new(&self.states, -one::<E>(), &state));
        }
        eval.finalize_logup_in_pairs();
        eval
    }
}

pub struct Poseidon2 {
    log_rows: u32,
    seed: u64,
    /// Input and output of each permutation of a row.
    states: Vec<[Vec<BaseColumn>; 2]>,
}

impl Poseidon2 {
    pub fn new(i: &Instance) -> Result<Self, String> {
        Ok(Self {
            log_rows: i.log_rows,
            seed: i.seed,
            states: vec![],
        })
    }
}

impl Air for Poseidon2 {
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
        let empty = || BaseColumn::zeros(1 << self.log_rows);
        let mut columns: Vec<BaseColumn> = (0..PER_ROW * COLUMNS).map(|_| empty()).collect();
        self.states = (0..PER_ROW)
            .map(|_| [0, 1].map(|_| (0..STATE).map(|_| empty()).collect()))
            .collect();
        let constant = PackedBaseField::broadcast(BaseField::from(ROUND_CONSTANT));
        for row in 0..1 << (self.log_rows - LOG_N_LANES) {
            for instance in 0..PER_ROW {
                let mut next = instance * COLUMNS;
                let mut put = |v: PackedBaseField| {
                    columns[next].data[row] = v;
                    next += 1;
                };
                let mut state: [PackedBaseField; STATE] = std::array::from_fn(|j| {
                    let shift = BaseField::from((self.seed as usize + instance + j) as u32);
                    lanes(row) + PackedBaseField::broadcast(shift)
                });
                state.iter().for_each(|s| put(*s));
                for (column, s) in self.states[instance][0].iter_mut().zip(state) {
                    column.data[row] = s;
                }
                permute(&mut state, constant, |x| {
                    let square = x * x;
                    let fifth = square * square * x;
                    put(square);
                    put(fifth);
                    fifth
                });
                for (column, s) in self.states[instance][1].iter_mut().zip(state) {
                    column.data[row] = s;
                }
            }
        }
        vec![columns
            .into_iter()
            .map(|c| evaluation(self.log_rows, c))
            .collect()]
    }
    fn draws(&self) -> usize {
        1
    }
    fn interaction(&mut self, draws: &[Draw]) -> (Vec<Eval>, Vec<SecureField>) {
        let fractions: Vec<_> = self
            .states
            .iter()
            .flatten()
            .enumerate()
            .map(|(i, columns)| Fraction {
                numerator: None,
                negative: i % 2 == 1,
                values: std::array::from_fn::<_, STATE, _>(|j| &columns[j]),
            })
            .collect();
        let (columns, sum) = logup(self.log_rows, &elements(&draws[0]), 2, &fractions);
        (columns, vec![sum])
    }
    fn claimed_sums(&self) -> usize {
        1
    }
    /// Nobody in this AIR takes the pairs: their sum is the statement.
    fn closed(&self) -> bool {
        false
    }
    fn components(&self, draws: &[Draw], claimed_sums: &[SecureField]) -> Vec<BoxedComponent> {
        let eval = Permutations {
            log_rows: self.log_rows,
            states: States(elements(&draws[0])),
        };
        vec![Box::new(FrameworkComponent::new(
            &mut allocator(self),
            eval,
            claimed_sums[0],
        ))]
    }
}
