//! Eight components of up to four sizes, with two relations and shared columns.

use stwo::core::fields::qm31::SecureField;
use stwo_constraint_framework::preprocessed_columns::PreProcessedColumnId;
use stwo_constraint_framework::FrameworkComponent;

use super::bus::Bus;
use super::masks::Masks;
use super::range_check::RangeCheck;
use super::steps::Steps;
use super::wide_fibonacci::{self, Fibonacci};
use super::{allocator, Air, BoxedComponent, Draw, Eval};
use crate::flags::Instance;

pub struct Assorted {
    log_rows: u32,
    columns: usize,
    seed: u64,
    range: RangeCheck,
    bus: Bus,
    masks: [Masks; 2],
    steps: Steps,
}

impl Assorted {
    pub fn new(i: &Instance) -> Result<Self, String> {
        if i.log_rows < 6 || i.bits > i.log_rows || i.columns < 3 {
            return Err(
                "want --log-rows of at least 6, --bits of at most that, 3 --columns".into(),
            );
        }
        Ok(Self {
            log_rows: i.log_rows,
            columns: i.columns,
            seed: i.seed,
            range: RangeCheck::sized(i.log_rows, i.columns, i.bits, i.seed)?,
            bus: Bus::sized(i.log_rows - 1, i.bits, i.seed)?,
            masks: [0, 1].map(|m| Masks::sized(i.log_rows, i.seed + m)),
            steps: Steps::sized(i.log_rows - 1, i.seed),
        })
    }
}

impl Air for Assorted {
    fn max_log_size(&self) -> u32 {
        self.log_rows
    }
    fn preprocessed_ids(&self) -> Vec<PreProcessedColumnId> {
        let mut ids = self.masks[0].preprocessed_ids();
        ids.append(&mut self.range.preprocessed_ids());
        ids.append(&mut self.steps.preprocessed_ids());
        ids
    }
    fn preprocessed(&self) -> Vec<Eval> {
        let mut columns = self.masks[0].preprocessed();
        columns.append(&mut self.range.preprocessed());
        columns.append(&mut self.steps.preprocessed());
        columns
    }
    fn trace(&mut self) -> Vec<Vec<Eval>> {
        let mut columns = self.masks[0].generate();
        let mut range = self.range.generate();
        let table = range.pop().expect("the table's column is the last one");
        columns.append(&mut range);
        columns.append(&mut wide_fibonacci::columns(
            self.log_rows - 2,
            self.columns,
            self.seed,
        ));
        columns.append(&mut self.masks[1].generate());
        columns.push(table);
        columns.append(&mut self.steps.generate());
        columns.append(&mut self.bus.generate());
        vec![columns]
    }
    fn draws(&self) -> usize {
        2
    }
    fn interaction(&mut self, draws: &[Draw]) -> (Vec<Eval>, Vec<SecureField>) {
        let parts = self.range.fractions(&draws[0]).into_iter();
        let (mut columns, mut sums) = (vec![], vec![]);
        for (mut part, sum) in parts.chain(self.bus.fractions(&draws[1])) {
            columns.append(&mut part);
            sums.push(sum);
        }
        (columns, sums)
    }
    fn claimed_sums(&self) -> usize {
        4
    }
    fn components(&self, draws: &[Draw], claimed_sums: &[SecureField]) -> Vec<BoxedComponent> {
        let a = &mut allocator(self);
        let fibonacci = Fibonacci {
            log_rows: self.log_rows - 2,
            columns: self.columns,
        };
        let mut out: Vec<BoxedComponent> = vec![
            self.masks[0].component(a),
            self.range.values_component(a, &draws[0], claimed_sums[0]),
            Box::new(FrameworkComponent::new(
                a,
                fibonacci,
                SecureField::default(),
            )),
            self.masks[1].component(a),
            self.range.table_component(a, &draws[0], claimed_sums[1]),
            self.steps.component(a),
        ];
        out.extend(self.bus.components(a, &draws[1], &claimed_sums[2..]));
        out
    }
}
