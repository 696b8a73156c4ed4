package curve

import (
	"math/bits"

	starkcurve "github.com/consensys/gnark-crypto/ecc/stark-curve"
	"github.com/consensys/gnark-crypto/ecc/stark-curve/fr"

	"github.com/sage-network/sage-node/elgamal/field"
)

const (
	window  = 5                 // bits of a digit
	windows = 252/window + 1    // digits of a scalar; the order is below 2^252
	odd     = 1 << (window - 1) // magnitudes of a digit: 1, 3, …, 31
)

// order is n, the order of the curve.
var order = [4]uint64{0x1e66a241adc64d2f, 0xb781126dcae7b232, 0xffffffffffffffff, 0x0800000000000010}

// digits is a scalar as Σ 32^i·d_i with odd digits of magnitude up to 31; when
// negative is 1 the scalar is minus that.
//
// An odd s below 2^252 is Σ ±2^j with the sign of 2^j given by bit j + 1, and +
// for the highest; five of these make a digit. An even s is replaced by n − s.
type digits struct {
	u        [windows]uint8 // (d_i + 31)/2
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
	for i := range windows {
		at := window*i + 1
		w := k[at/64] >> (at % 64)
		if at%64 > 64-window && at/64 < 3 {
			w |= k[at/64+1] << (64 - at%64)
		}
		d.u[i] = uint8(w & (1<<window - 1))
	}
	d.u[windows-1] |= odd // the sign of the highest power, past all bits
	return d
}

// row returns the index of digit i's magnitude among 1, 3, …, 31, and 1 when it
// is negative.
func (d *digits) row(i int) (at, negative uint64) {
	u := uint64(d.u[i])
	negative = 1 - u>>(window-1)
	return (u ^ -negative) & (odd - 1), negative
}

// equalMask is all ones when a = b, for a and b below 2^63.
func equalMask(a, b uint64) uint64 { return -(((a ^ b) - 1) >> 63) }

// Row holds P, 3P, …, 31P of one base: what a digit picks from.
type Row [odd]Affine

// rowsOf converts the multiples of some bases.
func rowsOf(multiples []Point) []Row {
	rows := make([]Row, len(multiples)/odd)
	for i, a := range AffineAll(multiples) {
		rows[i/odd][i%odd] = a
	}
	return rows
}

// pickGeneric reads all entries.
func (r *Row) pickGeneric(a *Affine, at, negative uint64) {
	*a = Affine{}
	for j := range r {
		m := equalMask(uint64(j), at)
		or(&a.X, &r[j].X, m)
		or(&a.Y, &r[j].Y, m)
	}
	condNeg(&a.Y, negative)
}

func or(z, x *field.Element, mask uint64) {
	for k := range z {
		z[k] |= x[k] & mask
	}
}

func condNeg(y *field.Element, negative uint64) {
	var minus field.Element
	field.Neg(&minus, y)
	field.Select(y, &minus, y, negative)
}

// Table holds the rows of 32^i·B for every digit position i: 51 KiB.
type Table [windows]Row

// NewTable computes the table of a point other than O.
func NewTable(base *Affine) *Table {
	all := make([]Point, 0, windows*odd)
	b := FromAffine(base)
	for range windows {
		twice := b
		twice.Add(&b)
		for range odd {
			all = append(all, b)
			b.Add(&twice)
		}
		// b is 33 times its former self; the next base is 32 times it.
		minus := all[len(all)-odd]
		minus.Neg()
		b.Add(&minus)
	}
	return (*Table)(rowsOf(all))
}

// Mul returns s·B: 50 additions, from the lowest digit to the highest.
//
// Each summand ±32^i·d·B is farther from O than the sum of those before it, and up to
// the last both are below 2^250 < n: they are not equal, nor opposite. In the last addition
// sum and difference are k and 2^251·d − k for an odd k of at most n and d of 1 or 3: the
// former is O for s = 0, which the addition covers, and the latter is no multiple of n.
func (t *Table) Mul(s *fr.Element) Point {
	d := recode(s)
	var a Affine
	acc := jacobian{z: one}
	for i := range windows {
		at, negative := d.row(i)
		t[i].pick(&a, at, negative)
		if i == 0 {
			acc.x, acc.y = a.X, a.Y
		} else {
			acc.addMixed(&a)
		}
	}
	p := acc.point()
	p.CondNeg(d.negative)
	return p
}

// MulPublic returns s·B for an s that anybody may know: faster, and it shows s.
func (t *Table) MulPublic(s *fr.Element) starkcurve.G1Jac {
	d := recode(s)
	acc := jacobian{z: one}
	for i := range windows {
		at, negative := d.row(i)
		a := t[i][at]
		if negative == 1 {
			field.Neg(&a.Y, &a.Y)
		}
		if i == 0 {
			acc.x, acc.y = a.X, a.Y
		} else {
			acc.addMixed(&a)
		}
	}
	if d.negative == 1 {
		field.Neg(&acc.y, &acc.y)
	}
	return starkcurve.G1Jac{X: acc.x, Y: acc.y, Z: acc.z}
}

// Multiples holds the odd multiples of one point, for products with several scalars.
type Multiples struct {
	odd      [odd]cached
	identity bool
}

// NewMultiples computes P, 3P, …, 31P. Whether P is O may show.
func NewMultiples(base *Affine) *Multiples {
	m := new(Multiples)
	if base.IsInfinity() {
		m.identity = true
		return m
	}
	j := jacobian{base.X, base.Y, one}
	m.odd[0] = j.cache()
	twice := j
	twice.double(1)
	step := twice.cache()
	for i := 1; i < odd; i++ {
		j.add(&step)
		m.odd[i] = j.cache()
	}
	return m
}

// pickGeneric reads all entries.
func (m *Multiples) pickGeneric(c *cached, at, negative uint64) {
	*c = cached{}
	for j := range m.odd {
		mask := equalMask(uint64(j), at)
		e := &m.odd[j]
		or(&c.x, &e.x, mask)
		or(&c.y, &e.y, mask)
		or(&c.z, &e.z, mask)
		or(&c.zz, &e.zz, mask)
		or(&c.zzz, &e.zzz, mask)
	}
	condNeg(&c.y, negative)
}

// Mul returns s·P: 250 doublings and 50 additions, from the highest digit to the lowest.
//
// Before each addition but the last the sum is 32·a·P, the summand d·P, with 32 ≤ 32·a and
// 32·a + 31 < n/16: they are not equal, nor opposite, nor O. The last one may be any
// (n − 30 = 32·a − 15 with 32·a = n − 15), and takes the complete formulas.
func (m *Multiples) Mul(s *fr.Element) Point {
	if m.identity {
		return Identity()
	}
	d := recode(s)
	var c cached
	at, negative := d.row(windows - 1)
	m.pick(&c, at, negative)
	acc := c.jacobian
	for i := windows - 2; ; i-- {
		acc.double(window)
		at, negative = d.row(i)
		m.pick(&c, at, negative)
		if i == 0 {
			break
		}
		acc.add(&c)
	}
	p, last := acc.point(), c.point()
	p.Add(&last)
	p.CondNeg(d.negative)
	return p
}
