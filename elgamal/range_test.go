package elgamal

import (
	"errors"
	"fmt"
	"slices"
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
		v, err := commitDigits(testNonces(t), values, payWidths)
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
				r.Errorf("integer %d: the digits' responses do not add up", i)
			}
		}
	})
}

// forge makes a proof of "digits" that are any scalars, with all the freedom that a
// prover has: the W_k carry every coefficient but that of c^16.
func forge(t *testing.T, digits []Scalar, widths []int) (RangeProof, Challenge) {
	t.Helper()
	v := &digitVector{widths: widths, digits: digits}
	if err := v.commit(testNonces(t)); err != nil {
		t.Fatal(err)
	}
	var made transcript
	if _, err := v.announce(&made, testNonces(t)); err != nil {
		t.Fatal(err)
	}
	c := made.challenge()
	return v.respond(c), c
}

// TestForgedDigits: what is no digit leaves a term in the 16th power of the
// challenge, which nothing cancels.
func TestForgedDigits(t *testing.T) {
	minusOne := uint64Scalar(1)
	minusOne.Neg(&minusOne)
	half := uint64Scalar(2)
	half.Inverse(&half)
	cases := map[string]struct {
		digit Scalar
		want  error
	}{
		"minus one": {minusOne, ErrProof}, "half": {half, ErrProof}, "16": {uint64Scalar(16), ErrProof}, "17": {uint64Scalar(17), ErrProof},
		"2^64": {multipleOf64(), ErrProof}, "random": {testScalar(t), ErrProof},
	}
	for v := range uint64(digitValues) {
		cases[fmt.Sprint(v)] = struct {
			digit Scalar
			want  error
		}{uint64Scalar(v), nil}
	}
	for name, tc := range cases {
		for _, at := range []int{0, 5, leftoverBits/digitBits - 1} {
			digits := make([]Scalar, leftoverBits/digitBits)
			digits[at] = tc.digit
			p, c := forge(t, digits, withdrawWidths)
			var replayed transcript
			p.replay(&replayed, c, withdrawWidths)
			if err := replayed.check(c); !errors.Is(err, tc.want) {
				t.Errorf("%s at %d: %v, want %v", name, at, err, tc.want)
			}
		}
	}
}

func multipleOf64() Scalar {
	s := uint64Scalar(1 << 63)
	s.Double(&s)
	return s
}

// value returns Σ w[k]·c^k.
func value(w []Scalar, c *Scalar) Scalar {
	var sum Scalar
	for _, k := range slices.Backward(w) {
		sum.Mul(&sum, c).Add(&sum, &k)
	}
	return sum
}

// TestJoinedProducts: the coefficients are those of what the verifier computes, for digits
// and any y; for other numbers only for a y that makes them cancel, which is why y comes
// after the commitment.
func TestJoinedProducts(t *testing.T) {
	product := func(d *Scalar) Scalar {
		p := uint64Scalar(1)
		for v := range uint64(digitValues) {
			factor := uint64Scalar(v)
			factor.Sub(d, &factor)
			p.Mul(&p, &factor)
		}
		return p
	}
	bad := []Scalar{uint64Scalar(16), testScalar(t)}
	first, second := product(&bad[0]), product(&bad[1])
	var cancelling Scalar // y·first + second = 0
	cancelling.Inverse(&first).Mul(&cancelling, &second).Neg(&cancelling)
	for name, tc := range map[string]struct {
		digits []Scalar
		y      Scalar
		fits   bool
	}{
		"digits":                          {[]Scalar{uint64Scalar(15), uint64Scalar(0)}, testScalar(t), true},
		"others":                          {bad, testScalar(t), false},
		"others under a y that was known": {bad, cancelling, true},
	} {
		a := []Scalar{testScalar(t), testScalar(t)}
		w := joinedProducts(a, tc.digits, &tc.y)
		for i := range uint64(3) {
			c := Challenge{Hi: i, Lo: 7 + i}
			cs := c.scalar()
			p := RangeProof{S: respond(a, tc.digits, c)}
			got, want := p.joined(&cs, &tc.y), value(w, &cs)
			if got.Equal(&want) != tc.fits {
				t.Errorf("%s: equal %v, want %v", name, !tc.fits, tc.fits)
			}
		}
	}
}

// TestSimulatedRange: responses chosen first fit announcements for the challenge
// that they were chosen for, and the hash of those is another challenge.
func TestSimulatedRange(t *testing.T) {
	guess := Challenge{Hi: 3, Lo: 5}
	p := RangeProof{Digits: H(), SDigits: testScalar(t), SProduct: testScalar(t)}
	for range digitValues - 1 {
		p.Products = append(p.Products, G())
	}
	for range digitCount(withdrawWidths) {
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

// TestLateCommitments changes a commitment after the challenges are known: it is in the
// transcript, so they change.
func TestLateCommitments(t *testing.T) {
	v, err := commitDigits(testNonces(t), []uint64{77}, withdrawWidths)
	if err != nil {
		t.Fatal(err)
	}
	var made transcript
	if _, err := v.announce(&made, testNonces(t)); err != nil {
		t.Fatal(err)
	}
	c := made.challenge()
	honest := v.respond(c)
	changes := map[string]func(*RangeProof){"digits": func(p *RangeProof) { p.Digits = p.Digits.Add(G()) }}
	for k := range digitValues - 1 {
		changes[fmt.Sprintf("coefficient %d", k+1)] = func(p *RangeProof) { p.Products[k] = p.Products[k].Add(G()) }
	}
	for name, change := range changes {
		p := honest
		p.Products = slices.Clone(honest.Products)
		change(&p)
		var late transcript
		p.replay(&late, c, withdrawWidths)
		if late.check(c) == nil {
			t.Errorf("another commitment to the %s verifies", name)
		}
		if same := late.felts[0].Equal(&made.felts[0]); same != (name != "digits") {
			t.Errorf("another commitment to the %s: y is the same: %v", name, same)
		}
	}
}

// TestBasis: the bases are distinct, are not G or H, and have low ordinates.
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
