package elgamal

import (
	"fmt"
	"sync"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/elgamal/curve"
)

const (
	halfBits     = 32 // bits of each half of a payment
	leftoverBits = 64 // bits of what stays in a balance

	digitBits   = 4 // bits of a digit
	digitValues = 1 << digitBits
)

// The integers of a statement, by their numbers of digits, in the order of these.
var (
	payWidths      = []int{halfBits / digitBits, halfBits / digitBits, leftoverBits / digitBits}
	withdrawWidths = []int{leftoverBits / digitBits}
)

// RangeProof proves that the integers of a statement have their widths, with
// one commitment to all of their digits d_j of base 16 and nonces a_j:
//
//	B = Σ d_j·E_j + r_B·H          A = Σ a_j·E_j + r_A·H
//
// and responses s_j = a_j + c·d_j. The product of s_j − t·c over t < 16 is a
// polynomial in c whose coefficient of c^16 is the product of all d_j − t: zero for a
// digit, and for nothing else. After B is fixed, a challenge y joins all products to
// F(c) = Σ y^(m−1−j)·Π_t (s_j − t·c), and W_k = w_k·G + ρ_k·H commit to its other
// coefficients. With s_B = r_A + c·r_B and s_W = Σ c^k·ρ_k the verifier recomputes
//
//	A = Σ s_j·E_j + s_B·H − c·B    W_0 = F(c)·G + s_W·H − Σ_{k=1..15} c^k·W_k
//
// The commitments have no room for a coefficient of c^16: it is zero (the
// generalisation to larger digits of the bit proof of Bootle, Cerulli, Chaidos,
// Ghadafi, Groth, Petit: Short Accountable Ring Signatures, 2015; joining many
// constraints by powers of a challenge as in Bulletproofs, 2018). The sum of 16^j·s_j
// over the digits of an integer v is a response for v, with which the statement's
// other equations are checked; it is what ties them to the digits.
type RangeProof struct {
	Digits   Point    // B
	Products []Point  // W_1 … W_15
	SDigits  Scalar   // s_B
	SProduct Scalar   // s_W
	S        []Scalar // s_j, lowest digit of the first integer first
}

// digitVector is what the prover keeps between announcing and responding.
type digitVector struct {
	widths      []int
	digits      []Scalar // each below 16
	blind       Scalar   // r_B
	proof       RangeProof
	nonces      []Scalar // a_j
	digitsNonce Scalar   // r_A
	blinds      []Scalar // ρ_0 … ρ_15
}

// commitDigits commits to the digits of values, each of the width beside it.
func commitDigits(n *nonces, values []uint64, widths []int) (*digitVector, error) {
	v := &digitVector{widths: widths}
	for i, value := range values {
		for j := range widths[i] {
			v.digits = append(v.digits, uint64Scalar(value>>(digitBits*j)%digitValues))
		}
	}
	return v, v.commit(n)
}

// commit makes B.
func (v *digitVector) commit(n *nonces) (err error) {
	if v.blind, err = n.scalar(); err != nil {
		return err
	}
	b := hide(combine(v.digits), &v.blind)
	v.proof.Digits = fromProjective(&b)
	return nil
}

// announce draws the nonces and appends n, B, then y in the place of all so far, and
// W_1, …, W_15, A, W_0. It returns the nonces of the integers.
func (v *digitVector) announce(t *transcript, n *nonces) ([]Scalar, error) {
	var err error
	if v.nonces, err = n.scalars(len(v.digits)); err != nil {
		return nil, err
	}
	if v.digitsNonce, err = n.scalar(); err != nil {
		return nil, err
	}
	if v.blinds, err = n.scalars(digitValues); err != nil {
		return nil, err
	}
	y := v.proof.open(t, len(v.digits))
	sums := make([]curve.Point, digitValues+1)
	var both sync.WaitGroup
	both.Go(func() { sums[digitValues] = hide(combine(v.nonces), &v.digitsNonce) })
	both.Go(func() {
		for k, w := range joinedProducts(v.nonces, v.digits, &y) {
			sums[k] = hide(baseG.mulSecret(&w), &v.blinds[k])
		}
	})
	both.Wait()
	points := fromProjectives(sums)
	v.proof.Products = points[1:digitValues]
	v.proof.close(t, points[digitValues], points[0])
	return integers(v.nonces, v.widths), nil
}

// hide returns p + r·H.
func hide(p curve.Point, r *Scalar) curve.Point {
	blind := baseH.mulSecret(r)
	p.Add(&blind)
	return p
}

// joinedProducts returns the coefficients of c^0, …, c^15 in the sum over j of
// y^(m−1−j) times the product of a_j + c·(d_j − t) over t < 16.
func joinedProducts(a, d []Scalar, y *Scalar) []Scalar {
	joined := make([]Scalar, digitValues)
	for j := range d {
		p := digitProduct(&a[j], &d[j])
		for k := range joined {
			joined[k] = mulSecret(&joined[k], y)
			joined[k] = addSecret(&joined[k], &p[k])
		}
	}
	return joined
}

// digitProduct returns the coefficients of the product of a + c·(d − t) over t < 16,
// without that of c^16.
func digitProduct(a, d *Scalar) [digitValues]Scalar {
	var p [digitValues + 1]Scalar
	p[0] = uint64Scalar(1)
	for t := range uint64(digitValues) {
		value := uint64Scalar(t)
		slope := subSecret(d, &value)
		for k := int(t) + 1; k > 0; k-- {
			constant, linear := mulSecret(&p[k], a), mulSecret(&p[k-1], &slope)
			p[k] = addSecret(&constant, &linear)
		}
		p[0] = mulSecret(&p[0], a)
	}
	return [digitValues]Scalar(p[:digitValues])
}

// respond finishes the proof for challenge c.
func (v *digitVector) respond(c Challenge) RangeProof {
	out := v.proof
	out.S = respond(v.nonces, v.digits, c)
	out.SDigits = respond([]Scalar{v.digitsNonce}, []Scalar{v.blind}, c)[0]
	cs := c.scalar()
	for k := digitValues - 1; k >= 0; k-- {
		out.SProduct = mulSecret(&out.SProduct, &cs)
		out.SProduct = addSecret(&out.SProduct, &v.blinds[k])
	}
	return out
}

// replay appends what announce appended, recomputed from the responses, and
// returns the responses of the integers.
func (p *RangeProof) replay(t *transcript, c Challenge, widths []int) []Scalar {
	y, cs := p.open(t, len(p.S)), c.scalar()
	var a, w Point
	var both sync.WaitGroup
	both.Go(func() {
		sum := combine(p.S)
		a = fromProjective(&sum)
		j := baseH.mulPublic(&p.SDigits)
		j.AddMixed(&a.a)
		image := p.Digits.mulPublic(&cs)
		j.SubAssign(&image)
		a = fromJac(&j)
	})
	both.Go(func() {
		var others Point // Σ c^(k−1)·W_k
		for k := len(p.Products) - 1; k >= 0; k-- {
			j := others.mulPublic(&cs)
			j.AddMixed(&p.Products[k].a)
			others = fromJac(&j)
		}
		joined := p.joined(&cs, &y)
		j, blind, image := baseG.mulPublic(&joined), baseH.mulPublic(&p.SProduct), others.mulPublic(&cs)
		j.AddAssign(&blind)
		j.SubAssign(&image)
		w = fromJac(&j)
	})
	both.Wait()
	p.close(t, a, w)
	return integers(p.S, widths)
}

// joined returns the sum over j of y^(m−1−j) times the product of s_j − t·c over t < 16.
func (p *RangeProof) joined(c, y *Scalar) Scalar {
	var sum Scalar
	for _, s := range p.S {
		product, factor := s, s
		for range digitValues - 1 {
			factor.Sub(&factor, c)
			product.Mul(&product, &factor)
		}
		sum.Mul(&sum, y).Add(&sum, &product)
	}
	return sum
}

// open appends what y depends on, and puts y in the place of all that.
func (p *RangeProof) open(t *transcript, n int) Scalar {
	t.felt(uint64Felt(uint64(n)))
	t.point(p.Digits)
	return t.fold()
}

func (p *RangeProof) close(t *transcript, a, w Point) {
	t.point(p.Products...)
	t.point(a, w)
}

// integers weighs the digits of each integer.
func integers(s []Scalar, widths []int) []Scalar {
	out := make([]Scalar, len(widths))
	for i, w := range widths {
		out[i] = weigh(s[:w])
		s = s[w:]
	}
	return out
}

// check refuses what the contract's decoding would.
func (p *RangeProof) check(widths []int) error {
	n := digitCount(widths)
	if len(p.S) != n || len(p.Products) != digitValues-1 {
		return fmt.Errorf("%w: a range proof of %d digits has %d responses and %d products", ErrEncoding, n, len(p.S), len(p.Products))
	}
	for _, q := range append([]Point{p.Digits}, p.Products...) {
		if q.IsIdentity() {
			return fmt.Errorf("%w: the identity in a range proof", ErrPoint)
		}
	}
	return nil
}

func digitCount(widths []int) int {
	n := 0
	for _, w := range widths {
		n += w
	}
	return n
}

// Felts returns the proof in the order of the contract's RangeProof struct.
func (p *RangeProof) Felts() []felt.Felt {
	out := append(p.Digits.Felts(), uint64Felt(uint64(len(p.Products))))
	for _, w := range p.Products {
		out = append(out, w.Felts()...)
	}
	out = append(out, scalarFelt(&p.SDigits), scalarFelt(&p.SProduct), uint64Felt(uint64(len(p.S))))
	for i := range p.S {
		out = append(out, scalarFelt(&p.S[i]))
	}
	return out
}
