package elgamal

import (
	"fmt"

	"github.com/NethermindEth/juno/core/felt"
)

// reader decodes a felt sequence strictly; the first error sticks.
type reader struct {
	fs  []felt.Felt
	err error
}

func (r *reader) next() felt.Felt {
	if r.err != nil {
		return felt.Felt{}
	}
	if len(r.fs) == 0 {
		r.err = fmt.Errorf("%w: the sequence ends too early", ErrEncoding)
		return felt.Felt{}
	}
	f := r.fs[0]
	r.fs = r.fs[1:]
	return f
}

func (r *reader) scalar() Scalar {
	f := r.next()
	s, err := feltScalar(&f)
	r.keep(err)
	return s
}

func (r *reader) challenge() Challenge {
	f := r.next()
	c, err := feltChallenge(&f)
	r.keep(err)
	return c
}

func (r *reader) u128() felt.Felt { c := r.challenge(); return c.Felt() }

func (r *reader) uint64() uint64 {
	c := r.challenge()
	if c.Hi != 0 {
		r.keep(fmt.Errorf("%w: a number is not below 2^64", ErrEncoding))
	}
	return c.Lo
}

func (r *reader) uint32() uint32 {
	v := r.uint64()
	if v>>32 != 0 {
		r.keep(fmt.Errorf("%w: a number is not below 2^32", ErrEncoding))
	}
	return uint32(v)
}

func (r *reader) half() Half {
	return Half{R: r.point(), Payer: r.point(), Worker: r.point(), Auditor: r.point()}
}

// point reads a point that must not be the identity.
func (r *reader) point() Point {
	x, y := r.next(), r.next()
	if r.err != nil {
		return Point{}
	}
	p, err := NewNonZeroPoint(x, y)
	r.keep(err)
	return p
}

// rangeProof reads a range proof with exactly as many responses as widths add up to.
func (r *reader) rangeProof(widths []int) RangeProof {
	p := RangeProof{Digits: r.point(), Products: make([]Point, digitValues-1), S: make([]Scalar, digitCount(widths))}
	r.length(len(p.Products))
	for i := range p.Products {
		p.Products[i] = r.point()
	}
	p.SDigits, p.SProduct = r.scalar(), r.scalar()
	r.length(len(p.S))
	for i := range p.S {
		p.S[i] = r.scalar()
	}
	return p
}

// length reads the length of an array that must have n elements.
func (r *reader) length(n int) {
	f := r.next()
	if want := uint64Felt(uint64(n)); !f.Equal(&want) {
		r.keep(fmt.Errorf("%w: an array of %d elements has the length %s", ErrEncoding, n, f.String()))
	}
}

func (r *reader) keep(err error) {
	if r.err == nil {
		r.err = err
	}
}

// finish returns the first error, or one for felts that nothing read.
func (r *reader) finish() error {
	if r.err == nil && len(r.fs) != 0 {
		r.err = fmt.Errorf("%w: %d felts too many", ErrEncoding, len(r.fs))
	}
	return r.err
}
