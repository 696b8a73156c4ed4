package curve

import (
	starkcurve "github.com/consensys/gnark-crypto/ecc/stark-curve"
	"math/bits"

	"github.com/consensys/gnark-crypto/ecc/stark-curve/fr"
)

const (
	window  = 4               // bits of a digit
	windows = 252 / window    // digits of a scalar; the order is below 2^252
	odd     = 1 << window / 2 // magnitudes of a digit: 1, 3, …, 15
)

// order is n, the order of the curve.
var order = [4]uint64{0x1e66a241adc64d2f, 0xb781126dcae7b232, 0xffffffffffffffff, 0x0800000000000010}

// digits is a scalar as Σ 16^i·d_i with odd digits of magnitude up to 15; when
// negative is 1 the scalar is minus that.
//
// An odd s below 2^252 is Σ ±2^j with the sign of 2^j given by bit j + 1, and +
// for the highest; four of these make a digit. An even s is replaced by n − s.
type digits struct {
	u        [windows]uint8 // (d_i + 15)/2
	negative uint64
}

func recode(s *fr.Element) *digits {
	k := s.Bits()
	var m [4]uint64
	var b uint64
	for i := range m {
		m[i], b = bits.Sub64(order[i], k[i], b)
	}
	even := 1 - k[0]&1
	for i := range k {
		k[i] = m[i]&-even | k[i]&^-even
	}
	d := &digits{negative: even}
	for i := range windows - 1 {
		at := window*i + 1
		w := k[at/64] >> (at % 64)
		if at%64 > 64-window {
			w |= k[at/64+1] << (64 - at%64)
		}
		d.u[i] = uint8(w & 15)
	}
	d.u[windows-1] = uint8(k[3]>>(window*(windows-1)+1-192)&7 | 8)
	return d
}

// row returns the index of digit i's magnitude among 1, 3, …, 15, and 1 when it
// is negative.
func (d *digits) row(i int) (at, negative uint64) {
	u := uint64(d.u[i])
	negative = 1 - u>>3
	return u&7 ^ -negative&7, negative
}

// equalMask is all ones when a = b, for a and b below 2^63.
func equalMask(a, b uint64) uint64 { return -(((a ^ b) - 1) >> 63) }

// Table holds the rows of 16^i·B for every digit position i: 32 KiB.
type Table [windows]Row

// NewTable computes the table of a point other than O.
func NewTable(base *Affine) *Table {
	all := make([]Point, 0, windows*odd)
	b := FromAffine(base)
	for range windows {
		twice := b
		twice.Double()
		for range odd {
			all = append(all, b)
			b.Add(&twice)
		}
		// b is 17 times its former self; the next base is 16 times it.
		minus := all[len(all)-odd]
		minus.Neg()
		b.Add(&minus)
	}
	t := new(Table)
	for i, a := range AffineAll(all) {
		t[i/odd][i%odd] = a
	}
	return t
}

// Mul returns s·B: 63 additions.
func (t *Table) Mul(s *fr.Element) Point {
	d := recode(s)
	acc := Identity()
	for i := range windows {
		a := t[i].pick(d, i)
		acc.addAffine(&a)
	}
	acc.CondNeg(d.negative)
	return acc
}

// Multiples holds the odd multiples of one point, for products with several scalars.
type Multiples [odd]Point

// NewMultiples computes P, 3P, …, 15P.
func NewMultiples(base *Affine) *Multiples {
	m := new(Multiples)
	m[0] = FromAffine(base)
	twice := m[0]
	twice.Double()
	for i := 1; i < odd; i++ {
		m[i] = m[i-1]
		m[i].Add(&twice)
	}
	return m
}

// Mul returns s·P: 248 doublings and 62 additions.
func (m *Multiples) Mul(s *fr.Element) Point {
	d := recode(s)
	acc := m.pick(d, windows-1)
	for i := windows - 2; i >= 0; i-- {
		for range window {
			acc.Double()
		}
		p := m.pick(d, i)
		acc.Add(&p)
	}
	acc.CondNeg(d.negative)
	return acc
}

func (m *Multiples) pick(d *digits, i int) Point {
	at, negative := d.row(i)
	var p Point
	for j := range odd {
		mask := equalMask(uint64(j), at)
		e := &m[j]
		for k := range p.x {
			p.x[k] |= e.x[k] & mask
			p.y[k] |= e.y[k] & mask
			p.z[k] |= e.z[k] & mask
		}
	}
	p.CondNeg(negative)
	return p
}

// MulPublic returns s·B for an s that anybody may know: faster, and it shows s.
func (t *Table) MulPublic(s *fr.Element) starkcurve.G1Jac {
	d := recode(s)
	var acc starkcurve.G1Jac
	acc.FromAffine(&Affine{})
	for i := range windows {
		at, negative := d.row(i)
		a := t[i][at]
		if negative == 1 {
			a.Neg(&a)
		}
		acc.AddMixed(&a)
	}
	if d.negative == 1 {
		acc.Neg(&acc)
	}
	return acc
}
