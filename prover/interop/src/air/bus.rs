//! Pairs (a, a³ + 5) sent by one component and received by another, of other size.

use stwo::core::fields::m31::BaseField;
use stwo::core::fields::qm31::SecureField;
use stwo::prover::backend::simd::column::BaseColumn;
use stwo_constraint_framework::preprocessed_columns::PreProcessedColumnId;
use stwo_constraint_framework::{
    relation, EvalAtRow, FrameworkComponent, FrameworkEval, RelationEntry, TraceLocationAllocator,
};

use super::{
    allocator, elements, evaluation, logup, one, Air, BoxedComponent, Draw, Eval, Fraction,
};
use crate::flags::Instance;
use crate::seed::{element, word};

relation!(Pairs, 2);

/// Puts each of its rows on the bus.
pub struct Send {
    pub log_rows: u32,
    pub pairs: Pairs,
}

impl FrameworkEval for Send {
    fn log_size(&self) -> u32 {
        self.log_rows
    }
    fn max_constraint_log_degree_bound(&self) -> u32 {
        self.log_rows + 1
    }
    fn evaluate<E: EvalAtRow>(&self, mut eval: E) -> E {
        let a = eval.next_trace_mask();
        let b = eval.next_trace_mask();
        eval.add_to_relation(RelationEntry::new(&self.pairs, one::<E>(), &[a, b]));
        eval.finalize_logup();
        eval
    }
}

/// Takes each of its rows off the bus as often as it says, and knows b = a³ + 5.
pub struct Receive {
    pub log_rows: u32,
    pub pairs: Pairs,
}

impl FrameworkEval for Receive {
    fn log_size(&self) -> u32 {
        self.log_rows
    }
    fn max_constraint_log_degree_bound(&self) -> u32 {
        self.log_rows + 1
    }
    fn evaluate<E: EvalAtRow>(&self, mut eval: E) -> E {
        let a = eval.next_trace_mask();
        let b = eval.next_trace_mask();
        let times = eval.next_trace_mask();
        eval.add_constraint(
            b.clone() - a.clone() * a.clone() * a.clone() - E::F::from(BaseField::from(5)),
        );
        eval.add_to_relation(RelationEntry::new(
            &self.pairs,
            -E::EF::from(times),
            &[a, b],
        ));
        eval.finalize_logup();
        eval
    }
}

pub struct Bus {
    send: u32,
    receive: u32,
    seed: u64,
    sent: Vec<BaseColumn>,
    received: Vec<BaseColumn>,
}

impl Bus {
    pub fn new(i: &Instance) -> Result<Self, String> {
        Self::sized(i.log_rows, i.bits, i.seed)
    }

    pub fn sized(send: u32, receive: u32, seed: u64) -> Result<Self, String> {
        if !(4..=20).contains(&receive) {
            return Err(format!("--bits {receive}: want 4 to 20"));
        }
        Ok(Self {
            send,
            receive,
            seed,
            sent: vec![],
            received: vec![],
        })
    }

    /// The sender's columns, then the receiver's.
    pub fn generate(&mut self) -> Vec<Eval> {
        let pair = |s: usize| {
            let a = element(self.seed, 0, s as u64);
            (a, a * a * a + BaseField::from(5))
        };
        let mut times = vec![0u32; 1 << self.receive];
        let chosen: Vec<usize> = (0..1u64 << self.send)
            .map(|s| (word(self.seed, 1, s) % (1 << self.receive)) as usize)
            .inspect(|&j| times[j] += 1)
            .collect();
        self.sent = vec![
            BaseColumn::from_iter(chosen.iter().map(|&j| pair(j).0)),
            BaseColumn::from_iter(chosen.iter().map(|&j| pair(j).1)),
        ];
        self.received = vec![
            BaseColumn::from_iter((0..times.len()).map(|s| pair(s).0)),
            BaseColumn::from_iter((0..times.len()).map(|s| pair(s).1)),
            BaseColumn::from_iter(times.iter().map(|&n| BaseField::from(n))),
        ];
        let sent = self.sent.iter().map(|c| evaluation(self.send, c.clone()));
        let received = self
            .received
            .iter()
            .map(|c| evaluation(self.receive, c.clone()));
        sent.chain(received).collect()
    }

    /// The two components' parts of an interaction and their sums.
    pub fn fractions(&self, draw: &Draw) -> [(Vec<Eval>, SecureField); 2] {
        let elements = elements::<2>(draw);
        let sent = Fraction {
            numerator: None,
            negative: false,
            values: [&self.sent[0], &self.sent[1]],
        };
        let received = Fraction {
            numerator: Some(&self.received[2]),
            negative: true,
            values: [&self.received[0], &self.received[1]],
        };
        [
            logup(self.send, &elements, 1, &[sent]),
            logup(self.receive, &elements, 1, &[received]),
        ]
    }

    pub fn components(
        &self,
        allocator: &mut TraceLocationAllocator,
        draw: &Draw,
        claimed_sums: &[SecureField],
    ) -> [BoxedComponent; 2] {
        let send = Send {
            log_rows: self.send,
            pairs: Pairs(elements(draw)),
        };
        let receive = Receive {
            log_rows: self.receive,
            pairs: Pairs(elements(draw)),
        };
        [
            Box::new(FrameworkComponent::new(allocator, send, claimed_sums[0])),
            Box::new(FrameworkComponent::new(allocator, receive, claimed_sums[1])),
        ]
    }
}

impl Air for Bus {
    fn max_log_size(&self) -> u32 {
        self.send.max(self.receive)
    }
    fn preprocessed_ids(&self) -> Vec<PreProcessedColumnId> {
        vec![]
    }
    fn preprocessed(&self) -> Vec<Eval> {
        vec![]
    }
    fn trace(&mut self) -> Vec<Vec<Eval>> {
        vec![self.generate()]
    }
    fn draws(&self) -> usize {
        1
    }
    fn interaction(&mut self, draws: &[Draw]) -> (Vec<Eval>, Vec<SecureField>) {
        let [(mut columns, sent), (mut received, receives)] = self.fractions(&draws[0]);
        columns.append(&mut received);
        (columns, vec![sent, receives])
    }
    fn claimed_sums(&self) -> usize {
        2
    }
    fn components(&self, draws: &[Draw], claimed_sums: &[SecureField]) -> Vec<BoxedComponent> {
        self.components(&mut allocator(self), &draws[0], claimed_sums)
            .into()
    }
}
