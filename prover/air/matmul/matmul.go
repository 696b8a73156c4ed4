// Package matmul is the AIR of C = A·B over M31 for n×n matrices, n = 2^k,
// with n² rows instead of n³.
//
// For random α and β the bivariate generating functions of C and of A·B agree
// at (α, β) only if the matrices do, but for probability at most
// 2(n−1)/|QM31| (Schwartz–Zippel). Block k′ of n rows takes column k′ of A, row
// k′ of B and row k′ of C through Horner's rule in α or β (x, y, z); u sums
// x·y over the blocks and w joins the rows of C.
//
// Row r = k′·n + t stands at position t of block k′. Primes are row r − 1, and
// the row before row 0 is the last one:
//
//	X: x − (1−start)·α·x′ − a
//	Y: y − (1−start)·β·y′ − b
//	Z: z − (1−start)·β·z′ − c
//	U: u − (1−first)·u′ − (start−first)·x′·y′
//	W: w − (1−first)·w′ − (start−first)·((α−1)·w′ + z′)
//	F: first·(u′ + x′·y′ − α·w′ − z′)
//
// No row is free: each block is absorbed at the next block's start, the last
// one at row 0 through the wrap, where F compares the two sums.
//
// The statement is over M31: C's entries are determined, so they need no range
// check. Read with signs, from −(2³⁰ − 1) to 2³⁰ − 1, the product is that of the
// integers if and only if no entry of it leaves this range, for which
// n·max|A|·max|B| < 2³⁰ suffices, n being the inner size. Whoever wants an integer
// product checks that itself.
//
// Rectangular matrices stand in the upper left corner of n×n zeros. The columns'
// roots fix the padding as they fix the entries; whoever knows the matrices finds
// both by computing the roots again.
package matmul

import (
	"fmt"

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/proof"
)

// ID names this AIR in statements and proof files: Version is that of one product,
// BatchVersion that of several.
const (
	ID           = 1
	Version      = 1
	BatchVersion = 2
)

// MaxBatch is the largest number of products in a batch.
const MaxBatch = 16

// MinK and MaxK bound log₂ of the padded matrix size in version 1.
const (
	MinK = 3
	MaxK = 10
)

// The trees, in order of commitment; the composition follows.
const (
	TreePreprocessed = iota // first, start
	TreeInput               // a = A[t][k′], b = B[k′][t]
	TreeResult              // c = C[k′][t]
	TreeInteraction         // x, y, z, u, w, four coordinates each
	trees
)

// Config is the only configuration of both versions: blowup 16, 20 queries, 26 bits
// of proof of work, constant last layer.
func Config() proof.Config {
	return proof.Config{PowBits: 26, LogBlowup: 4, Queries: 20, FoldStep: 3}
}

// New returns the AIR for matrices of 2^k × 2^k.
func New(k uint32) (*air.AIR, error) {
	if k < MinK || k > MaxK {
		return nil, fmt.Errorf("matmul: k is %d, want %d to %d", k, MinK, MaxK)
	}
	return air.Compose(component("matmul", k))
}

// NewBatch returns the AIR for 1 to [MaxBatch] products of matrices of 2^k × 2^k
// each, which is version 2 of matmul: a component for each product, one after the
// other in every tree. They share α and β, so that the error is at most the number
// of products times that of one, and the preprocessed columns, so that tree 0 is
// that of version 1.
func NewBatch(k uint32, products int) (*air.AIR, error) {
	if k < MinK || k > MaxK {
		return nil, fmt.Errorf("matmul: k is %d, want %d to %d", k, MinK, MaxK)
	}
	if products < 1 || products > MaxBatch {
		return nil, fmt.Errorf("matmul: %d products in a batch, want 1 to %d", products, MaxBatch)
	}
	components := make([]*air.Component, products)
	for i := range components {
		components[i] = component(fmt.Sprintf("matmul %d", i), k)
	}
	return air.Compose(components...)
}

// component returns the constraints of one product of 2^k × 2^k matrices.
func component(name string, k uint32) *air.Component {
	b := air.NewBuilder(name, trees)
	one := b.Const(1)
	first := b.Preprocessed(fmt.Sprintf("first %d", 2*k), func(row int) m31.Element { return indicator(row == 0) })
	start := b.Preprocessed(fmt.Sprintf("start %d", k), func(row int) m31.Element { return indicator(row&(1<<k-1) == 0) })
	a := b.Column(TreeInput, "a", 0)[0]
	bCol := b.Column(TreeInput, "b", 0)[0]
	c := b.Column(TreeResult, "c", 0)[0]
	challenges := b.Challenges(TreeResult, "alpha", "beta")
	alpha, beta := challenges[0], challenges[1]

	cell := func(name string) (prev, cur air.Expr) {
		cells := b.SecureColumn(TreeInteraction, name, -1, 0)
		return cells[0], cells[1]
	}
	xp, x := cell("x")
	yp, y := cell("y")
	zp, z := cell("z")
	up, u := cell("u")
	wp, w := cell("w")

	inBlock := one.Sub(start)    // all positions but a block's first
	notFirst := one.Sub(first)   // all rows but row 0
	boundary := start.Sub(first) // a block's first row, but for row 0
	product := xp.Mul(yp)        // the finished block's share of E_xy
	row := zp.Sub(wp)            // (α−1)·w′ + z′ = α·w′ + (z′ − w′)
	alphaW := alpha.Mul(wp)      //
	step := alphaW.Add(row)      //
	total := up.Add(product)     // E_xy with the last block
	joined := alphaW.Add(zp)     // E_c with the last row

	b.Constrain("X", x.Sub(inBlock.Mul(alpha.Mul(xp))).Sub(a))
	b.Constrain("Y", y.Sub(inBlock.Mul(beta.Mul(yp))).Sub(bCol))
	b.Constrain("Z", z.Sub(inBlock.Mul(beta.Mul(zp))).Sub(c))
	b.Constrain("U", u.Sub(notFirst.Mul(up)).Sub(boundary.Mul(product)))
	b.Constrain("W", w.Sub(notFirst.Mul(wp)).Sub(boundary.Mul(step)))
	b.Constrain("F", first.Mul(total.Sub(joined)))
	return b.Build(2 * k)
}

func indicator(set bool) m31.Element {
	if set {
		return 1
	}
	return 0
}
