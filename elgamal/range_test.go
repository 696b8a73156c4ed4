package elgamal

import (
	"errors"
	"testing"

	"pgregory.net/rapid"
)

func testNonces(t testing.TB) *nonces {
	t.Helper()
	n, err := newNonces(nil, new(Scalar), nil)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func testScalar(t *testing.T) Scalar {
	t.Helper()
	s, err := randomScalar(nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestRangeProof: an honest proof replays to the same transcript, and its
// responses for the integers are the ones of a Schnorr proof about them.
func TestRangeProof(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		values := []uint64{uint64(rapid.Uint32().Draw(r, "lo")), uint64(rapid.Uint32().Draw(r, "hi")), rapid.Uint64().Draw(r, "left")}
		v, err := commitBits(testNonces(t), values, payWidths)
		if err != nil {
			r.Fatal(err)
		}
		var made, replayed transcript
		k, err := v.announce(&made, testNonces(t))
		if err != nil {
			r.Fatal(err)
		}
		c := made.challenge()
		proof := v.respond(c)
		s := proof.replay(&replayed, c, payWidths)
		if replayed.check(c) != nil {
			r.Fatalf("an honest proof of %v does not verify", values)
		}
		witness := make([]Scalar, len(values))
		for i := range values {
			witness[i].SetUint64(values[i])
		}
		for i, want := range respond(k, witness, c) {
			if !s[i].Equal(&want) {
				r.Errorf("integer %d: the bits' responses do not add up", i)
			}
		}
	})
}

// forge makes a proof of "bits" that are any scalars, with all the freedom that a
// prover has: C and D carry what is linear and constant in the challenge.
func forge(t *testing.T, bits []Scalar) (RangeProof, Challenge) {
	t.Helper()
	n := testNonces(t)
	a, err := n.scalars(len(bits))
	if err != nil {
		t.Fatal(err)
	}
	blinds, err := n.scalars(4)
	if err != nil {
		t.Fatal(err)
	}
	linear, constant := make([]Scalar, len(bits)), make([]Scalar, len(bits))
	for i := range bits {
		linear[i].Mul(&bits[i], &a[i]).Double(&linear[i])
		linear[i].Sub(&a[i], &linear[i])
		constant[i].Square(&a[i]).Neg(&constant[i])
	}
	var points []Point
	for i, of := range [][]Scalar{bits, linear, a, constant} {
		p := combine(of)
		blind := baseH.mulSecret(&blinds[i])
		p.Add(&blind)
		points = append(points, fromProjective(&p))
	}
	p := RangeProof{Bits: points[0], Cross: points[1]}
	var made transcript
	p.transcribe(&made, len(bits), points[2], points[3])
	c := made.challenge()
	p.S = respond(a, bits, c)
	s := respond(blinds[2:], blinds[:2], c)
	p.SBits, p.SCross = s[0], s[1]
	return p, c
}

// TestForgedBits: a "bit" that is neither 0 nor 1 leaves a term in the square of
// the challenge, which nothing cancels.
func TestForgedBits(t *testing.T) {
	one, two, minusOne := Scalar{}, Scalar{}, Scalar{}
	one.SetOne()
	two.SetUint64(2)
	minusOne.Neg(&one)
	for name, tc := range map[string]struct {
		bit  Scalar
		want error
	}{
		"zero": {Scalar{}, nil}, "one": {one, nil},
		"two": {two, ErrProof}, "minus one": {minusOne, ErrProof}, "random": {testScalar(t), ErrProof},
	} {
		bits := make([]Scalar, leftoverBits)
		bits[5] = tc.bit
		p, c := forge(t, bits)
		var replayed transcript
		p.replay(&replayed, c, withdrawWidths)
		if err := replayed.check(c); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
}

// TestSimulatedRange: responses chosen first fit announcements for the challenge
// that they were chosen for, and the hash of those is another challenge.
func TestSimulatedRange(t *testing.T) {
	guess := Challenge{Hi: 3, Lo: 5}
	p := RangeProof{Bits: H(), Cross: G(), SBits: testScalar(t), SCross: testScalar(t)}
	for range leftoverBits {
		p.S = append(p.S, testScalar(t))
	}
	var t0, t1 transcript
	p.replay(&t0, guess, withdrawWidths)
	c := t0.challenge()
	if c == guess {
		t.Fatal("the hash is the guessed challenge")
	}
	p.replay(&t1, c, withdrawWidths)
	if t1.check(c) == nil {
		t.Fatal("the simulation verifies")
	}
}

// TestLateBits changes the commitment after the challenge is known: it is in the
// transcript, so the challenge changes.
func TestLateBits(t *testing.T) {
	v, err := commitBits(testNonces(t), []uint64{77}, withdrawWidths)
	if err != nil {
		t.Fatal(err)
	}
	var made transcript
	if _, err := v.announce(&made, testNonces(t)); err != nil {
		t.Fatal(err)
	}
	c := made.challenge()
	honest := v.respond(c)
	for name, change := range map[string]func(*RangeProof){
		"bits":  func(p *RangeProof) { p.Bits = p.Bits.Add(G()) },
		"cross": func(p *RangeProof) { p.Cross = p.Cross.Add(G()) },
	} {
		p := honest
		change(&p)
		var late transcript
		p.replay(&late, c, withdrawWidths)
		if late.check(c) == nil {
			t.Errorf("another commitment to %s verifies", name)
		}
	}
}

// TestBasis: the bases of bits are distinct, are not G or H, and have low ordinates.
func TestBasis(t *testing.T) {
	seen := map[Point]bool{G(): true, H(): true}
	for i, e := range basis() {
		p := e
		if seen[p] || seen[p.Neg()] || p.IsIdentity() || !p.a.IsOnCurve() || p.a.Y.LexicographicallyLargest() {
			t.Errorf("base %d: %s", i, p)
		}
		seen[p] = true
	}
}
