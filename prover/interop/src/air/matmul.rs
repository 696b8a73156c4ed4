//! The AIR of package air/matmul: C = A·B for 2^k × 2^k matrices, in version 1 of one
//! product, in version 2 of several that share tree 0 and the challenges.

use stwo::core::fields::m31::{BaseField, P};
use stwo::core::fields::qm31::SecureField;
use stwo_constraint_framework::preprocessed_columns::PreProcessedColumnId;
use stwo_constraint_framework::{EvalAtRow, FrameworkComponent, FrameworkEval};

use super::{allocator, evaluation, id, position, rows, Air, BoxedComponent, Draw, Eval};
use crate::flags::Instance;
use crate::seed::element;

struct Product {
    log_rows: u32,
    alpha: SecureField,
    beta: SecureField,
}

impl FrameworkEval for Product {
    fn log_size(&self) -> u32 {
        self.log_rows
    }
    fn max_constraint_log_degree_bound(&self) -> u32 {
        self.log_rows + 1
    }
    fn evaluate<E: EvalAtRow>(&self, mut eval: E) -> E {
        let first = E::EF::from(eval.get_preprocessed_column(id("first", self.log_rows)));
        let start = E::EF::from(eval.get_preprocessed_column(id("start", self.log_rows)));
        let [a] = eval.next_interaction_mask(1, [0]);
        let [b] = eval.next_interaction_mask(1, [0]);
        let [c] = eval.next_interaction_mask(2, [0]);
        let [xp, x] = eval.next_extension_interaction_mask(3, [-1, 0]);
        let [yp, y] = eval.next_extension_interaction_mask(3, [-1, 0]);
        let [zp, z] = eval.next_extension_interaction_mask(3, [-1, 0]);
        let [up, u] = eval.next_extension_interaction_mask(3, [-1, 0]);
        let [wp, w] = eval.next_extension_interaction_mask(3, [-1, 0]);
        let one = super::one::<E>();
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

/// The matrices of one product, row by row.
struct Matrices {
    a: Vec<BaseField>,
    b: Vec<BaseField>,
    c: Vec<BaseField>,
}

pub struct Matmul {
    k: u32,
    seed: u64,
    /// Rows, inner size and columns of each product; what lies beyond is zero.
    sizes: Vec<[usize; 3]>,
    products: Vec<Matrices>,
}

impl Matmul {
    /// One product that fills its matrices.
    pub fn single(i: &Instance) -> Result<Self, String> {
        let n = 1usize << (i.log_rows / 2);
        Self::sized(i, vec![[n; 3]])
    }

    /// The products that the instance lists.
    pub fn batch(i: &Instance) -> Result<Self, String> {
        let n = 1usize << (i.log_rows / 2);
        if !(1..=16).contains(&i.products.len())
            || i.products.iter().flatten().any(|s| !(1..=n).contains(s))
        {
            return Err(format!("--products: want 1 to 16, of sizes from 1 to {n}"));
        }
        Self::sized(i, i.products.clone())
    }

    fn sized(i: &Instance, sizes: Vec<[usize; 3]>) -> Result<Self, String> {
        if i.log_rows % 2 == 1 {
            return Err(format!(
                "--log-rows {}: want twice log₂ of the matrices' size",
                i.log_rows
            ));
        }
        Ok(Self {
            k: i.log_rows / 2,
            seed: i.seed,
            sizes,
            products: vec![],
        })
    }

    fn log_rows(&self) -> u32 {
        2 * self.k
    }

    /// A matrix of random entries, zero from the given row and column on.
    fn random(&self, stream: u64, rows: usize, columns: usize) -> Vec<BaseField> {
        let n = 1usize << self.k;
        (0..n * n)
            .map(|i| {
                if i / n < rows && i % n < columns {
                    element(self.seed, stream, i as u64)
                } else {
                    BaseField::from(0)
                }
            })
            .collect()
    }

    fn product(&self, a: &[BaseField], b: &[BaseField]) -> Vec<BaseField> {
        let n = 1usize << self.k;
        let mut out = Vec::with_capacity(n * n);
        let mut row = vec![0u64; n];
        for i in 0..n {
            row.fill(0);
            for l in 0..n {
                let factor = u64::from(a[i * n + l].0);
                for (sum, v) in row.iter_mut().zip(&b[l * n..(l + 1) * n]) {
                    let p = factor * u64::from(v.0);
                    *sum += (p & u64::from(P)) + (p >> 31);
                }
            }
            out.extend(
                row.iter()
                    .map(|&v| BaseField::from((v % u64::from(P)) as u32)),
            );
        }
        out
    }

    /// One product's columns of the interaction tree.
    fn sums(&self, m: &Matrices, [alpha, beta]: Draw) -> Vec<Eval> {
        let n = 1usize << self.k;
        let zero = SecureField::default();
        let mut columns = vec![vec![BaseField::from(0); n * n]; 20];
        let [mut x, mut y, mut z, mut u, mut w] = [zero; 5];
        for r in 0..n * n {
            let (block, t) = (r / n, r % n);
            if t == 0 && block > 0 {
                u += x * y;
                w = w * alpha + z;
            }
            let keep = |v: SecureField| if t == 0 { zero } else { v };
            x = keep(x) * alpha + m.a[t * n + block];
            y = keep(y) * beta + m.b[block * n + t];
            z = keep(z) * beta + m.c[block * n + t];
            let at = position(r, self.log_rows());
            for (i, v) in [x, y, z, u, w].into_iter().enumerate() {
                for (j, coordinate) in v.to_m31_array().into_iter().enumerate() {
                    columns[4 * i + j][at] = coordinate;
                }
            }
        }
        columns
            .into_iter()
            .map(|c| evaluation(self.log_rows(), c.into_iter().collect()))
            .collect()
    }
}

impl Air for Matmul {
    fn max_log_size(&self) -> u32 {
        self.log_rows()
    }
    fn preprocessed_ids(&self) -> Vec<PreProcessedColumnId> {
        ["first", "start"]
            .map(|name| id(name, self.log_rows()))
            .into()
    }
    fn preprocessed(&self) -> Vec<Eval> {
        let n = 1usize << self.k;
        let bit = |v: bool| BaseField::from(v as u32);
        vec![
            rows(self.log_rows(), |r| bit(r == 0)),
            rows(self.log_rows(), |r| bit(r % n == 0)),
        ]
    }
    fn trace(&mut self) -> Vec<Vec<Eval>> {
        self.products = (0u64..)
            .zip(&self.sizes)
            .map(|(p, &[rows, inner, columns])| {
                let a = self.random(2 * p, rows, inner);
                let b = self.random(2 * p + 1, inner, columns);
                let c = self.product(&a, &b);
                Matrices { a, b, c }
            })
            .collect();
        let n = 1usize << self.k;
        let log = self.log_rows();
        let by_row = |m: &[BaseField]| rows(log, |r| m[r / n * n + r % n]);
        let by_column = |m: &[BaseField]| rows(log, |r| m[r % n * n + r / n]);
        let inputs = self.products.iter();
        vec![
            inputs
                .flat_map(|m| [by_column(&m.a), by_row(&m.b)])
                .collect(),
            self.products.iter().map(|m| by_row(&m.c)).collect(),
        ]
    }
    fn draws(&self) -> usize {
        1
    }
    fn interaction(&mut self, draws: &[Draw]) -> (Vec<Eval>, Vec<SecureField>) {
        let products = self.products.iter();
        (
            products.flat_map(|m| self.sums(m, draws[0])).collect(),
            vec![],
        )
    }
    fn components(&self, draws: &[Draw], _: &[SecureField]) -> Vec<BoxedComponent> {
        let [alpha, beta] = draws[0];
        let mut allocator = allocator(self);
        let mut component = |_| -> BoxedComponent {
            Box::new(FrameworkComponent::new(
                &mut allocator,
                Product {
                    log_rows: self.log_rows(),
                    alpha,
                    beta,
                },
                SecureField::default(),
            ))
        };
        self.sizes.iter().map(&mut component).collect()
    }
}
