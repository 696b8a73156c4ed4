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
)

// The integers of a statement, by their widths, in the order of their bits.
var (
	payWidths      = []int{halfBits, halfBits, leftoverBits}
	withdrawWidths = []int{leftoverBits}
)

// RangeProof proves that the integers of a statement have their widths, with
// one commitment to all of their bits (the bit proof of Bootle, Cerulli, Chaidos,
// Ghadafi, Groth, Petit: Short Accountable Ring Signatures, 2015):
//
//	B = Σ b_i·E_i + r_B·H          C = Σ a_i(1−2b_i)·E_i + r_C·H
//	A = Σ a_i·E_i + r_A·H          D = −Σ a_i²·E_i + r_D·H
//
// with nonces a_i, and responses s_i = a_i + c·b_i, s_B = r_A + c·r_B,
// s_C = r_D + c·r_C. The verifier recomputes
//
//	A = Σ s_i·E_i + s_B·H − c·B    D = Σ s_i(c − s_i)·E_i + s_C·H − c·C
//
// The c² part of s_i(c − s_i) is b_i(1 − b_i), and D and C have no room for it:
// every b_i is 0 or 1. The sum of 2^i·s_i over the bits of an integer v is a
// response for v, with which the statement's other equations are checked; it is
// what ties them to the bits.
type RangeProof struct {
	Bits   Point    // B
	Cross  Point    // C
	SBits  Scalar   // s_B
	SCross Scalar   // s_C
	S      []Scalar // s_i, lowest bit of the first integer first
}

// bitVector is what the prover keeps between announcing and responding.
type bitVector struct {
	widths     []int
	bits       []Scalar // each 0 or 1
	blind      Scalar   // r_B
	proof      RangeProof
	nonces     []Scalar // a_i
	bitsNonce  Scalar   // r_A
	crossBlind Scalar   // r_C
	crossNonce Scalar   // r_D
}

// commitBits commits to the bits of values, each of the width beside it.
func commitBits(n *nonces, values []uint64, widths []int) (*bitVector, error) {
	v := &bitVector{widths: widths}
	var bits []uint64
	for i, value := range values {
		for j := range widths[i] {
			bits = append(bits, value>>j&1)
			v.bits = append(v.bits, uint64Scalar(value>>j&1))
		}
	}
	var err error
	if v.blind, err = n.scalar(); err != nil {
		return nil, err
	}
	sum, blind := curve.CombineBits(basisRows(), bits), baseH.mulSecret(&v.blind)
	sum.Add(&blind)
	v.proof.Bits = fromProjective(&sum)
	return v, nil
}

// announce draws the nonces and appends n, B, C, A, D to the transcript. It
// returns the nonces of the integers.
func (v *bitVector) announce(t *transcript, n *nonces) ([]Scalar, error) {
	var err error
	if v.nonces, err = n.scalars(len(v.bits)); err != nil {
		return nil, err
	}
	rest, err := n.scalars(3)
	if err != nil {
		return nil, err
	}
	v.bitsNonce, v.crossBlind, v.crossNonce = rest[0], rest[1], rest[2]
	crossed, squares := make([]Scalar, len(v.bits)), make([]Scalar, len(v.bits))
	for i := range v.bits {
		a := &v.nonces[i]
		ab := mulSecret(a, &v.bits[i])
		crossed[i] = subSecret(a, &ab)
		crossed[i] = subSecret(&crossed[i], &ab)
		square := mulSecret(a, a)
		squares[i] = subSecret(&Scalar{}, &square)
	}
	sums := make([]curve.Point, 3)
	var all sync.WaitGroup
	for i, side := range []struct {
		of    []Scalar
		blind *Scalar
	}{{crossed, &v.crossBlind}, {v.nonces, &v.bitsNonce}, {squares, &v.crossNonce}} {
		all.Go(func() {
			sums[i] = combine(side.of)
			blind := baseH.mulSecret(side.blind)
			sums[i].Add(&blind)
		})
	}
	all.Wait()
	points := fromProjectives(sums)
	v.proof.Cross = points[0]
	v.proof.transcribe(t, len(v.bits), points[1], points[2])
	return integers(v.nonces, v.widths), nil
}

// respond finishes the proof for challenge c.
func (v *bitVector) respond(c Challenge) RangeProof {
	out := v.proof
	out.S = respond(v.nonces, v.bits, c)
	blinds := respond([]Scalar{v.bitsNonce, v.crossNonce}, []Scalar{v.blind, v.crossBlind}, c)
	out.SBits, out.SCross = blinds[0], blinds[1]
	return out
}

// replay appends what announce appended, recomputed from the responses, and
// returns the responses of the integers.
func (p *RangeProof) replay(t *transcript, c Challenge, widths []int) []Scalar {
	cs := c.scalar()
	products := make([]Scalar, len(p.S))
	for i := range p.S {
		products[i].Sub(&cs, &p.S[i]).Mul(&products[i], &p.S[i])
	}
	as := make([]Point, 2)
	var both sync.WaitGroup
	for i, side := range []struct {
		of    []Scalar
		s     *Scalar
		image Point
	}{{p.S, &p.SBits, p.Bits}, {products, &p.SCross, p.Cross}} {
		both.Go(func() {
			sum := combine(side.of)
			a := fromProjective(&sum)
			j := baseH.mulPublic(side.s)
			j.AddMixed(&a.a)
			image := side.image.mulPublic(&cs)
			j.SubAssign(&image)
			as[i] = fromJac(&j)
		})
	}
	both.Wait()
	p.transcribe(t, len(p.S), as[0], as[1])
	return integers(p.S, widths)
}

func (p *RangeProof) transcribe(t *transcript, n int, a, d Point) {
	t.felt(uint64Felt(uint64(n)))
	t.point(p.Bits, p.Cross, a, d)
}

// integers weighs the bits of each integer.
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
	n := 0
	for _, w := range widths {
		n += w
	}
	if len(p.S) != n {
		return fmt.Errorf("%w: a range proof of %d bits has %d responses", ErrEncoding, n, len(p.S))
	}
	if p.Bits.IsIdentity() || p.Cross.IsIdentity() {
		return fmt.Errorf("%w: the identity in a range proof", ErrPoint)
	}
	return nil
}

// Felts returns the proof in the order of the contract's RangeProof struct.
func (p *RangeProof) Felts() []felt.Felt {
	out := append(p.Bits.Felts(), p.Cross.Felts()...)
	out = append(out, scalarFelt(&p.SBits), scalarFelt(&p.SCross), uint64Felt(uint64(len(p.S))))
	for i := range p.S {
		out = append(out, scalarFelt(&p.S[i]))
	}
	return out
}
