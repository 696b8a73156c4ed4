package elgamal

import (
	"errors"
	"fmt"
	"testing"

	"github.com/NethermindEth/juno/core/felt"
)

// decoded is a statement with its proof, as the contracts get them.
type decoded struct {
	verify     func() error
	transcript func() *transcript // all that the challenge is the hash of
}

// verifyFelts decodes and verifies.
func verifyFelts(kind string, ctx, statement, proof []felt.Felt) error {
	d, err := decodeFelts(kind, ctx, statement, proof)
	if err != nil {
		return err
	}
	return d.verify()
}

// decodeFelts decodes a statement of a kind: a golden vector's name up to the first
// underscore.
func decodeFelts(kind string, ctx, statement, proof []felt.Felt) (decoded, error) {
	r := reader{fs: ctx}
	c := Context{ChainID: r.next(), Contract: r.next(), Caller: r.next(), Asset: r.next(), KeyEpoch: r.uint64(), Nonce: r.uint64()}
	c.Balance = Ciphertext{L: r.balancePoint(), R: r.balancePoint()}
	if err := r.finish(); err != nil {
		return decoded{}, err
	}
	r = reader{fs: statement}
	key := PublicKey{r.point()}
	switch kind {
	case "pay":
		st := PayStatement{Context: c, PayerKey: key, WorkerKey: PublicKey{r.point()}, AuditorKey: PublicKey{r.point()},
			JobID: r.u128(), Attempt: r.uint32(), Worker: r.next()}
		p, err := ParsePayment(proof)
		return decoded{func() error { return VerifyPay(st, p) }, func() *transcript {
			t := st.transcript(p)
			v := p.Proof.Range.replay(t, p.Proof.C, payWidths)
			t.point(recompute(st.equations(p), []Scalar{p.Proof.SX, v[0], v[1], v[2], p.Proof.SR[0], p.Proof.SR[1]}, p.Proof.C)...)
			return t
		}}, errors.Join(r.finish(), err)
	case "withdraw":
		st := WithdrawStatement{Context: c, Key: key, To: r.next(), Amount: r.uint64()}
		w, err := ParseWithdrawal(proof)
		return decoded{func() error { return VerifyWithdraw(st, w) }, func() *transcript {
			t := st.transcript(w.BalanceHint)
			v := w.Range.replay(t, w.C, withdrawWidths)
			t.point(recompute(st.equations(), []Scalar{w.SX, v[0]}, w.C)...)
			return t
		}}, errors.Join(r.finish(), err)
	}
	kp, err := ParseKeyProof(proof)
	possession := func(op Op) func() *transcript {
		return func() *transcript {
			t := keyTranscript(op, &c, key.p)
			t.point(recompute(keyEquations(key.p), []Scalar{kp.S}, kp.C)...)
			return t
		}
	}
	switch kind {
	case "register":
		return decoded{func() error { return VerifyRegister(c, key, kp) }, possession(OpRegister)}, errors.Join(r.finish(), err)
	case "rotate":
		return decoded{func() error { return VerifyRotation(c, key, kp) }, possession(OpRotate)}, errors.Join(r.finish(), err)
	case "ragequit":
		st := RagequitStatement{Context: c, Key: key, To: r.next(), Amount: r.uint64()}
		return decoded{func() error { return VerifyRagequit(st, kp) }, func() *transcript {
			t := st.transcript()
			t.point(recompute(st.equations(), []Scalar{kp.S}, kp.C)...)
			return t
		}}, errors.Join(r.finish(), err)
	}
	return decoded{}, fmt.Errorf("unknown statement %q", kind)
}

// balancePoint reads a point that may be the identity.
func (r *reader) balancePoint() Point {
	x, y := r.next(), r.next()
	p, err := NewPoint(x, y)
	r.keep(err)
	return p
}

// vector is a valid statement with its proof.
type vector struct {
	kind                  string
	ctx, statement, proof []felt.Felt
}

func (v *vector) verify() error { return verifyFelts(v.kind, v.ctx, v.statement, v.proof) }

// vectors returns one valid vector of each statement.
func vectors(t *testing.T) []vector {
	t.Helper()
	var out []vector
	for _, g := range makeGolden(t) {
		if kind := kindOf(g.Name); g.Valid && kind == g.Name {
			out = append(out, vector{kind, unhex(t, g.Context), unhex(t, g.Statement), unhex(t, g.Proof)})
		}
	}
	if len(out) != 5 {
		t.Fatalf("%d statements with a proof, want 5", len(out))
	}
	return out
}

// TestEveryFelt changes every felt of every statement: of the context, of the public
// inputs, and of what the prover sends. Points that are no longer on the curve are
// refused as such; all else reaches the challenge, or a transcript would lack it.
func TestEveryFelt(t *testing.T) {
	refusals := []error{ErrProof, ErrEncoding, ErrPoint}
	for _, v := range vectors(t) {
		if err := v.verify(); err != nil {
			t.Fatalf("%s: %v", v.kind, err)
		}
		for name, part := range map[string][]felt.Felt{"context": v.ctx, "statement": v.statement, "proof": v.proof} {
			for i := range part {
				former := part[i]
				part[i].Add(&part[i], &felt.One)
				err := v.verify()
				if part[i] = former; !refused(err, refusals) {
					t.Errorf("%s: felt %d of the %s plus one: %v", v.kind, i, name, err)
				}
			}
		}
	}
}

// TestEveryScalar sends the aliases s + n and p − s, n itself and 0.
func TestEveryScalar(t *testing.T) {
	n := testFelt(t, "0x800000000000010ffffffffffffffffb781126dcae7b2321e66a241adc64d2f")
	for _, v := range vectors(t) {
		for i := range v.proof {
			former := v.proof[i]
			for name, change := range map[string]func(*felt.Felt){
				"plus n":  func(f *felt.Felt) { f.Add(f, &n) },
				"negated": func(f *felt.Felt) { f.Sub(&felt.Zero, f) },
				"n":       func(f *felt.Felt) { *f = n },
				"zero":    func(f *felt.Felt) { *f = felt.Zero },
			} {
				if v.kind == "pay" && i%5 != 0 && testing.Short() {
					continue
				}
				if change(&v.proof[i]); v.proof[i] != former && v.verify() == nil {
					t.Errorf("%s: felt %d of the proof %s is accepted", v.kind, i, name)
				}
				v.proof[i] = former
			}
		}
	}
}

// TestNegatedPoints: the other point with the same abscissa is another point to
// every transcript.
func TestNegatedPoints(t *testing.T) {
	minus := func(f *felt.Felt) { f.Sub(&felt.Zero, f) }
	for _, v := range vectors(t) {
		for name, part := range map[string][]felt.Felt{"context": v.ctx, "statement": v.statement, "proof": v.proof} {
			for i := 1; i < len(part); i++ {
				if _, err := NewNonZeroPoint(part[i-1], part[i]); err != nil {
					continue // not the ordinate of the felt before it
				}
				minus(&part[i])
				err := v.verify()
				minus(&part[i])
				if !errors.Is(err, ErrProof) {
					t.Errorf("%s: felts %d and %d of the %s, negated: %v", v.kind, i-1, i, name, err)
				}
			}
		}
	}
}

// TestReplays verifies every proof as another statement of the same shape, and in
// the context of every other.
func TestReplays(t *testing.T) {
	all := vectors(t)
	for _, v := range all {
		for _, other := range all {
			if v.kind == other.kind {
				continue
			}
			replay := v
			replay.kind = other.kind
			if replay.verify() == nil {
				t.Errorf("a %s is accepted as %s", v.kind, other.kind)
			}
			replay = v
			replay.ctx = other.ctx
			if v.ctx[5] != other.ctx[5] && replay.verify() == nil {
				t.Errorf("a %s is accepted in the context of %s", v.kind, other.kind)
			}
		}
	}
}

// TestLengths truncates and extends every sequence.
func TestLengths(t *testing.T) {
	for _, v := range vectors(t) {
		for name, part := range map[string]*[]felt.Felt{"context": &v.ctx, "statement": &v.statement, "proof": &v.proof} {
			former := *part
			for n := range former {
				*part = former[:n:n]
				if err := v.verify(); !refused(err, []error{ErrEncoding, ErrPoint}) {
					t.Errorf("%s: the %s cut to %d felts: %v", v.kind, name, n, err)
				}
			}
			*part = append(former[:len(former):len(former)], felt.Zero)
			if err := v.verify(); !errors.Is(err, ErrEncoding) {
				t.Errorf("%s: the %s with one felt more: %v", v.kind, name, err)
			}
			*part = former
		}
	}
}

// TestIdentityPoints replaces each point of what is sent by O, as (0, 0).
func TestIdentityPoints(t *testing.T) {
	for _, v := range vectors(t) {
		for name, part := range map[string][]felt.Felt{"statement": v.statement, "proof": v.proof} {
			for i := 1; i < len(part); i++ {
				x, y := part[i-1], part[i]
				if _, err := NewNonZeroPoint(x, y); err != nil {
					continue
				}
				part[i-1], part[i] = felt.Zero, felt.Zero
				err := v.verify()
				if part[i-1], part[i] = x, y; !errors.Is(err, ErrPoint) {
					t.Errorf("%s: O in felts %d and %d of the %s: %v", v.kind, i-1, i, name, err)
				}
			}
		}
	}
}

// TestCancellingRandomness: credits whose randomness adds up to O are added and
// opened like others; they must not block a rollover.
func TestCancellingRandomness(t *testing.T) {
	key := testKey(t, nil)
	r, err := randomScalar(nil)
	if err != nil {
		t.Fatal(err)
	}
	var minus Scalar
	minus.Neg(&r)
	sum := encryptWith(key.Public(), 5, &r).Add(encryptWith(key.Public(), 6, &minus))
	if !sum.R.IsIdentity() {
		t.Fatal("the randomness does not cancel")
	}
	if err := key.Check(sum, 11); err != nil {
		t.Error(err)
	}
	after := encryptWith(key.Public(), 100, &r).Add(Join(sum, Ciphertext{}))
	if err := key.Check(after, 111); err != nil {
		t.Error(err)
	}
	whole := Ciphertext{}.Add(Join(sum.Sub(Ciphertext{L: multiple(11)}), Ciphertext{}))
	if !whole.Equal(Ciphertext{}) {
		t.Errorf("a sum of nothing is %v", whole)
	}
}

func refused(err error, as []error) bool {
	for _, want := range as {
		if errors.Is(err, want) {
			return true
		}
	}
	return false
}
