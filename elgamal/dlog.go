package elgamal

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"

	starkcurve "github.com/consensys/gnark-crypto/ecc/stark-curve"
	"github.com/consensys/gnark-crypto/ecc/stark-curve/fp"

	"github.com/sage-network/sage-node/elgamal/curve"
)

// DefaultTableBits gives a table of 2^20 points (16 MiB), which finds any
// 32-bit value within 2^11 giant steps.
const DefaultTableBits = 20

// MaxTableBits bounds the table at 256 MiB.
const MaxTableBits = 24

const (
	dlogBatch = 512 // additions that share one field inversion
	emptySlot = 0   // step of an unused slot; baby step 0 is never stored
	slotBytes = 8
)

// Solver finds small discrete logarithms to base G by baby-step giant-step
// (Shanks 1971), with the usual halving by v and −v having one abscissa. It is
// the way back when a hint is missing or false: halves are 32-bit values, and
// sums of n halves are below n·2^32.
//
// The table is built by the first search, or by [Solver.Build], or comes from
// [LoadTable]. A Solver may be used concurrently.
type Solver struct {
	bits  int
	load  func(context.Context) (*Solver, error) // where the table may come from, or nil
	mu    sync.Mutex                             // who holds it makes the table
	slots []byte                                 // 8 bytes a slot: bits of the abscissa, baby step; open addressing
	step  Point                                  // (2m+1)·G for m baby steps
}

// NewSolver returns a solver with 2^tableBits baby steps; it returns
// [ErrAmount] unless 4 ≤ tableBits ≤ [MaxTableBits].
func NewSolver(tableBits int) (*Solver, error) {
	if tableBits < 4 || tableBits > MaxTableBits {
		return nil, fmt.Errorf("%w: table bits %d, want 4 to %d", ErrAmount, tableBits, MaxTableBits)
	}
	return &Solver{bits: tableBits}, nil
}

// NewSolverFrom is [NewSolver] whose table comes from load, which is asked at the
// first search only. When load fails the table is built in memory.
func NewSolverFrom(tableBits int, load func(context.Context) (*Solver, error)) (*Solver, error) {
	s, err := NewSolver(tableBits)
	if err != nil {
		return nil, err
	}
	s.load = load
	return s, nil
}

// Find returns v with vG = m and 0 ≤ v < bound, else [ErrNotFound]. The work
// grows as bound / 2^tableBits; it ends with ctx's error when ctx does, which is
// looked at every few hundred giant steps.
func (s *Solver) Find(ctx context.Context, m Point, bound uint64) (uint64, error) {
	if err := s.Build(ctx, nil); err != nil {
		return 0, err
	}
	if bound == 0 {
		return 0, fmt.Errorf("%w: empty", ErrNotFound)
	}
	width := uint64(2)<<s.bits + 1
	// v = g·width + d with |d| ≤ m: giant step g tests m − g·width·G.
	giants := (bound-1)/width + 2
	// A batch holds m − g·width·G for consecutive g.
	batch := make([]starkcurve.G1Affine, min(giants, dlogBatch))
	negStep := s.step.Neg()
	var acc starkcurve.G1Jac
	acc.FromAffine(&m.a)
	first := make([]starkcurve.G1Jac, len(batch))
	for i := range first {
		first[i] = acc
		acc.AddMixed(&negStep.a)
	}
	copy(batch, starkcurve.BatchJacobianToAffineG1(first))
	var n Scalar
	n.SetUint64(uint64(len(batch)))
	jump := negStep.mulPublic(&n)
	jumpPoint := fromJac(&jump)
	pairs := curve.NewPairs(len(batch))
	for g := uint64(0); g < giants; g += uint64(len(batch)) {
		if err := context.Cause(ctx); err != nil {
			return 0, err
		}
		if g > 0 {
			addToAll(batch, &jumpPoint.a, pairs)
		}
		for i := range batch {
			if v, ok := s.look(&batch[i], (g+uint64(i))*width); ok && v < bound && multiple(v).Equal(m) {
				return v, nil
			}
		}
	}
	return 0, fmt.Errorf("%w: searched below %d", ErrNotFound, bound)
}

// Half decrypts one 32-bit half under key.
func (s *Solver) Half(ctx context.Context, key SecretKey, c Ciphertext) (uint64, error) {
	return s.Find(ctx, key.Message(c), 1<<halfBits)
}

// Payment decrypts a payment of two halves without a hint.
func (s *Solver) Payment(ctx context.Context, key SecretKey, lo, hi Ciphertext) (uint64, error) {
	return s.Pending(ctx, key, lo, hi, 1)
}

// Pending decrypts the sum of credits payments, of which lo and hi are the
// summed halves. It returns [ErrNotFound] when they hold more than that many
// payments can, or when the total exceeds a u64.
func (s *Solver) Pending(ctx context.Context, key SecretKey, lo, hi Ciphertext, credits uint64) (uint64, error) {
	if credits == 0 || credits > 1<<halfBits-1 {
		return 0, fmt.Errorf("%w: %d credits", ErrNotFound, credits)
	}
	l, err := s.Find(ctx, key.Message(lo), credits<<halfBits)
	if err != nil {
		return 0, fmt.Errorf("low half: %w", err)
	}
	h, err := s.Find(ctx, key.Message(hi), 1<<halfBits)
	if err != nil {
		return 0, fmt.Errorf("high half: %w", err)
	}
	total := l + h<<halfBits
	if total < l {
		return 0, fmt.Errorf("%w: the total exceeds a u64", ErrNotFound)
	}
	return total, nil
}

// Build computes the table if there is none yet. progress, which may be nil, is
// told how many of how many baby steps are done. When ctx ends first there is
// no table, and Build returns ctx's error.
func (s *Solver) Build(ctx context.Context, progress func(done, total uint64)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.slots != nil {
		return nil
	}
	if s.load != nil {
		if from, err := s.load(ctx); err == nil && from.bits == s.bits {
			if err := from.Build(ctx, progress); err != nil {
				return err
			}
			s.slots, s.step = from.slots, from.step
			return nil
		}
	}
	return s.build(ctx, progress)
}

// build fills the table with 1…m. Blocks of points advance by one addition
// each, sharing inversions.
func (s *Solver) build(ctx context.Context, progress func(done, total uint64)) error {
	m := uint64(1) << s.bits
	table := &Solver{bits: s.bits, slots: make([]byte, slotBytes*2*m)}
	block := min(m, dlogBatch)
	g := G()
	first := make([]starkcurve.G1Jac, block)
	var acc starkcurve.G1Jac
	acc.FromAffine(&g.a)
	for i := range first {
		first[i] = acc
		acc.AddMixed(&g.a)
	}
	points := starkcurve.BatchJacobianToAffineG1(first)
	jump, pairs := points[block-1], curve.NewPairs(len(points))
	for at := uint64(0); at < m; at += block {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if at > 0 {
			addToAll(points, &jump, pairs)
		}
		for i := range points {
			table.insert(&points[i].X, uint32(at+uint64(i)+1))
		}
		if progress != nil && (at/block%64 == 63 || at+block == m) {
			progress(at+block, m)
		}
	}
	s.slots, s.step = table.slots, multiple(2*m+1)
	return nil
}

// slot returns what an abscissa is known by, and the first slot to look at.
func (s *Solver) slot(x *fp.Element) (tag uint32, at uint64) {
	w := x[0] // Montgomery form is as good a hash as any
	return uint32(w >> 32), w & s.mask()
}

func (s *Solver) mask() uint64 { return 2<<s.bits - 1 }

func (s *Solver) at(slot uint64) (tag, step uint32) {
	b := s.slots[slotBytes*slot:]
	return binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:])
}

func (s *Solver) insert(x *fp.Element, i uint32) {
	tag, at := s.slot(x)
	for {
		if _, step := s.at(at); step == emptySlot {
			break
		}
		at = (at + 1) & s.mask()
	}
	binary.LittleEndian.PutUint32(s.slots[slotBytes*at:], tag)
	binary.LittleEndian.PutUint32(s.slots[slotBytes*at+4:], i)
}

// multiple returns v·G for a v that may show: searching shows it anyway.
func multiple(v uint64) Point {
	var s Scalar
	s.SetUint64(v)
	j := baseG.mulPublic(&s)
	return fromJac(&j)
}

// look returns the candidate value for giant step base at point p: base ± i. A
// candidate may be false (tags are short); Find checks it.
func (s *Solver) look(p *starkcurve.G1Affine, base uint64) (uint64, bool) {
	if p.IsInfinity() {
		return base, true
	}
	tag, at := s.slot(&p.X)
	for range s.mask() + 1 { // a table has empty slots, unless a file was made to have none
		t, step := s.at(at)
		if step == emptySlot {
			break
		}
		at = (at + 1) & s.mask()
		if t != tag {
			continue
		}
		i := uint64(step)
		q := multiple(i)
		if !q.a.X.Equal(&p.X) {
			continue
		}
		if q.a.Y.Equal(&p.Y) {
			return base + i, true
		}
		return base - i, base >= i
	}
	return 0, false
}

// addToAll adds q to every point with one inversion for all.
func addToAll(ps []curve.Affine, q *curve.Affine, pairs *curve.Pairs) {
	rest := map[int]curve.Affine{} // doubled, opposite or O: rare
	for i := range ps {
		if !pairs.Set(i, &ps[i], q) {
			rest[i] = *new(curve.Affine).Add(&ps[i], q)
		}
	}
	pairs.Sum(ps)
	for i, sum := range rest {
		ps[i] = sum
	}
}
