//! Values below 2^bits, looked up in a table; two components.

use stwo::core::fields::m31::BaseField;
use stwo::core::fields::qm31::SecureField;
use stwo::prover::backend::simd::column::BaseColumn;
use stwo_constraint_framework::preprocessed_columns::PreProcessedColumnId;
use stwo_constraint_framework::{
    relation, EvalAtRow, FrameworkComponent, FrameworkEval, RelationEntry, TraceLocationAllocator,
};

use super::{
    allocator, elements, evaluation, id, logup, one, rows, Air, BoxedComponent, Draw, Eval,
    Fraction,
};
use crate::flags::Instance;
use crate::seed::word;

relation!(Range, 1);

/// Looks every column up.
pub struct Values {
    pub log_rows: u32,
    pub columns: usize,
    pub range: Range,
}

impl FrameworkEval for Values {
    fn log_size(&self) -> u32 {
        self.log_rows
    }
    fn max_constraint_log_degree_bound(&self) -> u32 {
        self.log_rows + 1
    }
    fn evaluate<E: EvalAtRow>(&self, mut eval: E) -> E {
        for _ in 0..self.columns {
            let value = eval.next_trace_mask();
            eval.add_to_relation(RelationEntry::new(&self.range, one::<E>(), &[value]));
        }
        eval.finalize_logup_in_pairs();
        eval
    }
}

/// Offers every number below 2^bits, each as often as it is looked up.
pub struct Table {
    pub bits: u32,
    pub range: Range,
}

impl FrameworkEval for Table {
    fn log_size(&self) -> u32 {
        self.bits
    }
    fn max_constraint_log_degree_bound(&self) -> u32 {
        self.bits + 1
    }
    fn evaluate<E: EvalAtRow>(&self, mut eval: E) -> E {
        let value = eval.get_preprocessed_column(id("range", self.bits));
        let times = eval.next_trace_mask();
        eval.add_to_relation(RelationEntry::new(
            &self.range,
            -E::EF::from(times),
            &[value],
        ));
        eval.finalize_logup();
        eval
    }
}

pub struct RangeCheck {
    log_rows: u32,
    columns: usize,
    bits: u32,
    seed: u64,
    values: Vec<BaseColumn>,
    times: Option<Eval>,
}

impl RangeCheck {
    pub fn new(i: &Instance) -> Result<Self, String> {
        Self::sized(i.log_rows, i.columns, i.bits, i.seed)
    }

    pub fn sized(log_rows: u32, columns: usize, bits: u32, seed: u64) -> Result<Self, String> {
        if columns == 0 || !(4..=20).contains(&bits) {
            return Err(format!(
                "{columns} columns of {bits} bits: want at least 1 of 4 to 20"
            ));
        }
        Ok(Self {
            log_rows,
            columns,
            bits,
            seed,
            values: vec![],
            times: None,
        })
    }

    pub fn table_column(&self) -> Eval {
        rows(self.bits, |r| BaseField::from(r as u32))
    }

    /// The two components' parts of an interaction and their sums.
    pub fn fractions(&self, draw: &Draw) -> [(Vec<Eval>, SecureField); 2] {
        let elements = elements::<1>(draw);
        let lookups: Vec<_> = self
            .values
            .iter()
            .map(|c| Fraction {
                numerator: None,
                negative: false,
                values: [c],
            })
            .collect();
        let table = self.table_column().values;
        let offer = Fraction {
            numerator: self.times.as_ref().map(|c| &c.values),
            negative: true,
            values: [&table],
        };
        [
            logup(self.log_rows, &elements, 2, &lookups),
            logup(self.bits, &elements, 1, &[offer]),
        ]
    }

    pub fn values_component(
        &self,
        allocator: &mut TraceLocationAllocator,
        draw: &Draw,
        claimed_sum: SecureField,
    ) -> BoxedComponent {
        let eval = Values {
            log_rows: self.log_rows,
            columns: self.columns,
            range: Range(elements(draw)),
        };
        Box::new(FrameworkComponent::new(allocator, eval, claimed_sum))
    }

    pub fn table_component(
        &self,
        allocator: &mut TraceLocationAllocator,
        draw: &Draw,
        claimed_sum: SecureField,
    ) -> BoxedComponent {
        let eval = Table {
            bits: self.bits,
            range: Range(elements(draw)),
        };
        Box::new(FrameworkComponent::new(allocator, eval, claimed_sum))
    }

    /// The values' columns, then the table's.
    pub fn generate(&mut self) -> Vec<Eval> {
        let mut times = vec![0u32; 1 << self.bits];
        self.values = (0..self.columns)
            .map(|c| {
                BaseColumn::from_iter((0..1usize << self.log_rows).map(|s| {
                    let v = (word(self.seed, c as u64, s as u64) % (1 << self.bits)) as usize;
                    times[v] += 1;
                    BaseField::from(v as u32)
                }))
            })
            .collect();
        let times = rows(self.bits, |r| BaseField::from(times[r]));
        self.times = Some(times.clone());
        self.values
            .iter()
            .map(|c| evaluation(self.log_rows, c.clone()))
            .chain([times])
            .collect()
    }
}

impl Air for RangeCheck {
    fn max_log_size(&self) -> u32 {
        self.log_rows.max(self.bits)
    }
    fn preprocessed_ids(&self) -> Vec<PreProcessedColumnId> {
        vec![id("range", self.bits)]
    }
    fn preprocessed(&self) -> Vec<Eval> {
        vec![self.table_column()]
    }
    fn trace(&mut self) -> Vec<Vec<Eval>> {
        vec![self.generate()]
    }
    fn draws(&self) -> usize {
        1
    }
    fn interaction(&mut self, draws: &[Draw]) -> (Vec<Eval>, Vec<SecureField>) {
        let [(mut columns, values_sum), (mut table, table_sum)] = self.fractions(&draws[0]);
        columns.append(&mut table);
        (columns, vec![values_sum, table_sum])
    }
    fn claimed_sums(&self) -> usize {
        2
    }
    fn components(&self, draws: &[Draw], claimed_sums: &[SecureField]) -> Vec<BoxedComponent> {
        let allocator = &mut allocator(self);
        vec![
            self.values_component(allocator, &draws[0], claimed_sums[0]),
            self.table_component(allocator, &draws[0], claimed_sums[1]),
        ]
    }
}
