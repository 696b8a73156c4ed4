package circle

import (
	"iter"
	"math/bits"

	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/m31/vector"
)

// MaxDomainLogSize is the largest log₂ size of a circle domain.
const MaxDomainLogSize = LogOrder - 1

// Coset is Initial + ⟨Step⟩ with 2^LogSize points, in the order Initial,
// Initial + Step, Initial + 2·Step …
type Coset struct {
	Initial Index
	Step    Index
	LogSize int
}

// NewCoset returns initial + ⟨G_n⟩ with n = 2^logSize.
func NewCoset(initial Index, logSize int) Coset {
	return Coset{initial, SubgroupGenerator(logSize), logSize}
}

// CanonicCoset returns G₂ₙ + ⟨Gₙ⟩ with n = 2^logSize, the coset of a trace
// column's rows.
func CanonicCoset(logSize int) Coset {
	return NewCoset(SubgroupGenerator(logSize+1), logSize)
}

// HalfOdds returns G₄ₙ + ⟨Gₙ⟩ with n = 2^logSize. Together with its conjugate
// it is the canonic coset of twice the size.
func HalfOdds(logSize int) Coset {
	return NewCoset(SubgroupGenerator(logSize+2), logSize)
}

// Size returns the number of points.
func (c Coset) Size() int { return 1 << c.LogSize }

// IndexAt returns the index of the i-th point.
func (c Coset) IndexAt(i int) Index { return c.Initial.Add(c.Step.Mul(i)) }

// At returns the i-th point.
func (c Coset) At(i int) Point { return c.IndexAt(i).Point() }

// Double returns the coset of doubled points, half as large.
func (c Coset) Double() Coset {
	if c.LogSize == 0 {
		panic("circle: doubling a coset of one point")
	}
	return Coset{c.Initial.Mul(2), c.Step.Mul(2), c.LogSize - 1}
}

// RepeatedDouble doubles n times.
func (c Coset) RepeatedDouble(n int) Coset {
	for range n {
		c = c.Double()
	}
	return c
}

// Conjugate returns the coset of negated points, in the same order.
func (c Coset) Conjugate() Coset { return Coset{c.Initial.Neg(), c.Step.Neg(), c.LogSize} }

// Domain is a half coset followed by its conjugate.
type Domain struct{ HalfCoset Coset }

// CanonicDomain returns the domain with the points of CanonicCoset(logSize),
// for 1 ≤ logSize ≤ MaxDomainLogSize.
func CanonicDomain(logSize int) Domain {
	if logSize < 1 || logSize > MaxDomainLogSize {
		panic("circle: domain log size out of range")
	}
	return Domain{HalfOdds(logSize - 1)}
}

// LogSize returns log₂ of the number of points.
func (d Domain) LogSize() int { return d.HalfCoset.LogSize + 1 }

// Size returns the number of points.
func (d Domain) Size() int { return 1 << d.LogSize() }

// IndexAt returns the index of the i-th point in natural domain order.
func (d Domain) IndexAt(i int) Index {
	if h := d.HalfCoset.Size(); i >= h {
		return d.HalfCoset.IndexAt(i - h).Neg()
	}
	return d.HalfCoset.IndexAt(i)
}

// At returns the i-th point in natural domain order.
func (d Domain) At(i int) Point { return d.IndexAt(i).Point() }

// Part returns part i of the domain split in 2^logParts interleaved domains. In
// bit-reversed order part i is the consecutive run number
// BitReverseIndex(i, logParts) of the domain's points.
func (d Domain) Part(i, logParts int) Domain {
	return Domain{NewCoset(d.HalfCoset.IndexAt(i), d.HalfCoset.LogSize-logParts)}
}

// BitReverseIndex reverses the low logSize bits of i.
func BitReverseIndex(i, logSize int) int {
	if logSize == 0 {
		return i
	}
	return int(bits.Reverse64(uint64(i)) >> (64 - logSize))
}

// BitReverse permutes v, of a length that is a power of two, into bit-reversed
// order in place.
func BitReverse[T any](v []T) {
	logSize := bits.TrailingZeros(uint(len(v)))
	for i := range v {
		if j := BitReverseIndex(i, logSize); j > i {
			v[i], v[j] = v[j], v[i]
		}
	}
}

// CosetIndexToDomainIndex maps the position of a point in CanonicCoset(logSize)
// to its position in CanonicDomain(logSize).
func CosetIndexToDomainIndex(i, logSize int) int {
	if i&1 == 0 {
		return i / 2
	}
	return (2<<logSize - i) / 2
}

// RowPosition returns where row r (coset order) of a column of 2^logSize rows is
// stored: bit_reverse(coset_index_to_circle_domain_index(r)).
func RowPosition(r, logSize int) int {
	return BitReverseIndex(CosetIndexToDomainIndex(r, logSize), logSize)
}

// PositionRow returns the row that is stored at position pos; it undoes
// RowPosition.
func PositionRow(pos, logSize int) int {
	i := BitReverseIndex(pos, logSize)
	if i < 1<<(logSize-1) {
		return 2 * i
	}
	return 2<<logSize - 2*i - 1
}

// logStoredBlock is log₂ of the number of positions whose bit-reversed indices
// [StoredRows] tabulates.
const logStoredBlock = 8

// StoredRows goes through the positions of a column of 2^logSize rows, in order, with
// the row that is stored there, see [PositionRow].
func StoredRows(logSize int) iter.Seq2[int, int] {
	return func(yield func(position, row int) bool) {
		log := min(logSize, logStoredBlock)
		low := make([]int, 1<<log)
		for i := range low {
			low[i] = BitReverseIndex(i, log) << (logSize - log)
		}
		for lo := 0; lo < 1<<logSize; lo += len(low) {
			high := BitReverseIndex(lo>>log, logSize-log)
			for j, i := range low {
				row := 2 * (i | high)
				if row >= 1<<logSize {
					row = 2<<logSize - 1 - row
				}
				if !yield(lo+j, row) {
					return
				}
			}
		}
	}
}

// CosetVanishing evaluates at p the vanishing polynomial of the coset c, of log
// size at least 1: rotate c to the canonic coset and double down to x.
func CosetVanishing(c Coset, p SecurePoint) m31.QM31 {
	p = p.Sub(c.Initial.Point().Secure()).Add(c.Step.Half().Point().Secure())
	x := p.X
	for range c.LogSize - 1 {
		x = SecureDoubleX(x)
	}
	return x
}

// CosetVanishingBase is CosetVanishing at a point over M31.
func CosetVanishingBase(c Coset, p Point) m31.Element {
	p = p.Sub(c.Initial.Point()).Add(c.Step.Half().Point())
	x := p.X
	for range c.LogSize - 1 {
		x = DoubleX(x)
	}
	return x
}

// OffsetPosition returns where, in bit-reversed order, a domain of 2^logSize
// points holds the point so many trace rows after the point at position pos; the
// trace has 2^logRows rows, logRows < logSize.
func OffsetPosition(pos, offset, logRows, logSize int) int {
	i := BitReverseIndex(pos, logSize)
	half := 1 << (logSize - 1)
	step := offset << (logSize - logRows - 1)
	if i < half {
		i = (i + step) & (half - 1)
	} else {
		i = (i-step)&(half-1) + half
	}
	return BitReverseIndex(i, logSize)
}

// OffsetRows writes to dst the values so many trace rows after the positions
// start, start + 1 … , as [OffsetPosition] finds them. values holds one column
// on a domain in bit-reversed order; the trace has 2^logRows rows; len(dst) is a
// power of two that divides start.
//
// A step carries or borrows from the lowest bit of the index, the highest of the
// position. Where that ends above the positions that vary, both halves of the
// domain step from run to run: then dst is two runs, one at even and one at odd
// positions.
func OffsetRows(dst, values []m31.Element, start, offset, logRows int) {
	logSize := bits.TrailingZeros(uint(len(values)))
	n := len(dst)
	if n >= 2 {
		even := OffsetPosition(start, offset, logRows, logSize)
		odd := OffsetPosition(start+1, offset, logRows, logSize) - 1
		if even&(n-1) == 0 && odd&(n-1) == 0 {
			vector.Alternate(dst, values[even:even+n], values[odd:odd+n])
			return
		}
	}
	for i := range dst {
		dst[i] = values[OffsetPosition(start+i, offset, logRows, logSize)]
	}
}
