package poseidon2

import "github.com/sage-network/sage-node/prover/m31"

// The permutation's parameters.
const (
	// Words is the number of words of the state.
	Words          = 16
	halfFullRounds = 4
	partialRounds  = 14
	roundConstant  = 1234
	// powers is the number of fifth powers of a permutation.
	powers = 2*halfFullRounds*Words + partialRounds
)

// arithmetic is what a permutation needs of its words.
type arithmetic[T any] struct {
	add      func(a, b T) T
	scale    func(a T, c m31.Element) T
	constant T
	// fifth returns the fifth power.
	fifth func(a T) T
}

// four applies the 4×4 matrix of eprint 2023/323, section 5.1.
func (f arithmetic[T]) four(x []T) {
	double := func(v T) T { return f.add(v, v) }
	a, b := f.add(x[0], x[1]), f.add(x[2], x[3])
	c, d := f.add(double(x[1]), b), f.add(double(x[3]), a)
	e, g := f.add(double(double(b)), d), f.add(double(double(a)), c)
	x[0], x[1], x[2], x[3] = f.add(d, g), g, f.add(c, e), e
}

// external applies circ(2·M₄, M₄, M₄, M₄).
func (f arithmetic[T]) external(s []T) {
	for i := 0; i < Words; i += 4 {
		f.four(s[i : i+4])
	}
	for j := range 4 {
		sum := f.add(f.add(f.add(s[j], s[j+4]), s[j+8]), s[j+12])
		for i := j; i < Words; i += 4 {
			s[i] = f.add(s[i], sum)
		}
	}
}

// internal applies all ones plus the diagonal 2, 4, …, 2¹⁶.
func (f arithmetic[T]) internal(s []T) {
	sum := s[0]
	for _, v := range s[1:] {
		sum = f.add(sum, v)
	}
	for i, v := range s {
		s[i] = f.add(f.scale(v, 2<<i), sum)
	}
}

// permute applies the permutation: full rounds, partial rounds, full rounds.
func (f arithmetic[T]) permute(s []T) {
	full := func() {
		for range halfFullRounds {
			for i := range s {
				s[i] = f.add(s[i], f.constant)
			}
			f.external(s)
			for i := range s {
				s[i] = f.fifth(s[i])
			}
		}
	}
	full()
	for range partialRounds {
		s[0] = f.add(s[0], f.constant)
		f.internal(s)
		s[0] = f.fifth(s[0])
	}
	full()
}

// Permute applies the permutation to a state.
func Permute(state *[Words]m31.Element) {
	permuteWith(state, func(x m31.Element) m31.Element { return m31.Mul(m31.Square(m31.Square(x)), x) })
}

// permuteWith applies the permutation with the given fifth power.
func permuteWith(state *[Words]m31.Element, fifth func(x m31.Element) m31.Element) {
	arithmetic[m31.Element]{add: m31.Add, scale: m31.Mul, constant: roundConstant, fifth: fifth}.permute(state[:])
}
