package starkhash

import (
	"crypto/sha256"
	"math/big"
	"math/bits"
	"strconv"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/consensys/gnark-crypto/ecc/stark-curve/fp"
)

// Hades with three elements: four full rounds, 83 partial ones, four full ones.
const (
	fullRounds    = 8
	partialRounds = 83
)

// lazy is an element of the field in Montgomery form, times 2^256, as any number below 2^256 that is congruent to
// it. The comments give bounds as multiples of the modulus p = 2^251 + 17·2^192 + 1.
type lazy struct{ l0, l1, l2, l3 uint64 }

// modulusTop is (p - 1) / 2^192.
const modulusTop = 1<<59 + 17

// add returns x + y, which stays below 2^256.
func (x lazy) add(y lazy) lazy {
	var c uint64
	x.l0, c = bits.Add64(x.l0, y.l0, 0)
	x.l1, c = bits.Add64(x.l1, y.l1, c)
	x.l2, c = bits.Add64(x.l2, y.l2, c)
	x.l3, _ = bits.Add64(x.l3, y.l3, c)
	return x
}

// minus returns x - y, or x - y + 2^256.
func (x lazy) minus(y lazy) lazy {
	var b uint64
	x.l0, b = bits.Sub64(x.l0, y.l0, 0)
	x.l1, b = bits.Sub64(x.l1, y.l1, b)
	x.l2, b = bits.Sub64(x.l2, y.l2, b)
	x.l3, _ = bits.Sub64(x.l3, y.l3, b)
	return x
}

// sub returns x + n·p - y for y ≤ x + n·p < 2^256.
func (x lazy) sub(y lazy, n uint64) lazy {
	return x.add(lazy{l0: n, l3: n * modulusTop}).minus(y)
}

// double returns 2x, which stays below 2^256.
func (x lazy) double() lazy {
	return lazy{x.l0 << 1, x.l1<<1 | x.l0>>63, x.l2<<1 | x.l1>>63, x.l3<<1 | x.l2>>63}
}

// reduce returns a number below 2p. With q = ⌊x/2^251⌋ < 32 it is x + p - q·p = (x mod 2^251) + p - q·(17·2^192 + 1).
func (x lazy) reduce() lazy {
	q := x.l3 >> 59
	x.l3 &= 1<<59 - 1
	return x.sub(lazy{l0: q, l3: 17 * q}, 1)
}

// element returns the value below p.
func (x lazy) element() fp.Element {
	e := x.reduce()
	if f := e.minus(lazy{l0: 1, l3: modulusTop}); f.l3>>63 == 0 {
		e = f // the difference was not negative: both are below 2^253
	}
	return fp.Element{e.l0, e.l1, e.l2, e.l3}
}

// mul returns x·y / 2^256 modulo p, below x·y/2^256 + p, by Montgomery's reduction. As p ≡ 1 modulo 2^192, three words
// are reduced at once: the multiple of p that clears them has just their negative as factor.
func (x lazy) mul(y lazy) lazy {
	var c uint64
	h0, t0 := bits.Mul64(x.l0, y.l0)
	h1, t1 := bits.Mul64(x.l1, y.l0)
	h2, t2 := bits.Mul64(x.l2, y.l0)
	t4, t3 := bits.Mul64(x.l3, y.l0)
	t1, c = bits.Add64(t1, h0, 0)
	t2, c = bits.Add64(t2, h1, c)
	t3, c = bits.Add64(t3, h2, c)
	t4 += c

	h0, l0 := bits.Mul64(x.l0, y.l1)
	h1, l1 := bits.Mul64(x.l1, y.l1)
	h2, l2 := bits.Mul64(x.l2, y.l1)
	t5, l3 := bits.Mul64(x.l3, y.l1)
	l1, c = bits.Add64(l1, h0, 0)
	l2, c = bits.Add64(l2, h1, c)
	l3, c = bits.Add64(l3, h2, c)
	t5 += c
	t1, c = bits.Add64(t1, l0, 0)
	t2, c = bits.Add64(t2, l1, c)
	t3, c = bits.Add64(t3, l2, c)
	t4, c = bits.Add64(t4, l3, c)
	t5 += c

	h0, l0 = bits.Mul64(x.l0, y.l2)
	h1, l1 = bits.Mul64(x.l1, y.l2)
	h2, l2 = bits.Mul64(x.l2, y.l2)
	t6, l3 := bits.Mul64(x.l3, y.l2)
	l1, c = bits.Add64(l1, h0, 0)
	l2, c = bits.Add64(l2, h1, c)
	l3, c = bits.Add64(l3, h2, c)
	t6 += c
	t2, c = bits.Add64(t2, l0, 0)
	t3, c = bits.Add64(t3, l1, c)
	t4, c = bits.Add64(t4, l2, c)
	t5, c = bits.Add64(t5, l3, c)
	t6 += c

	h0, l0 = bits.Mul64(x.l0, y.l3)
	h1, l1 = bits.Mul64(x.l1, y.l3)
	h2, l2 = bits.Mul64(x.l2, y.l3)
	t7, l3 := bits.Mul64(x.l3, y.l3)
	l1, c = bits.Add64(l1, h0, 0)
	l2, c = bits.Add64(l2, h1, c)
	l3, c = bits.Add64(l3, h2, c)
	t7 += c
	t3, c = bits.Add64(t3, l0, 0)
	t4, c = bits.Add64(t4, l1, c)
	t5, c = bits.Add64(t5, l2, c)
	t6, c = bits.Add64(t6, l3, c)
	t7 += c

	m0, b := bits.Sub64(0, t0, 0)
	m1, b := bits.Sub64(0, t1, b)
	m2, b := bits.Sub64(0, t2, b) // b is what the cleared words carry
	h0, l0 = bits.Mul64(m0, modulusTop)
	h1, l1 = bits.Mul64(m1, modulusTop)
	h2, l2 = bits.Mul64(m2, modulusTop)
	l1, c = bits.Add64(l1, h0, 0)
	l2, c = bits.Add64(l2, h1, c)
	h2 += c
	t3, c = bits.Add64(t3, l0, b)
	t4, c = bits.Add64(t4, l1, c)
	t5, c = bits.Add64(t5, l2, c)
	t6, c = bits.Add64(t6, h2, c)
	t7 += c

	m3, b := bits.Sub64(0, t3, 0)
	h3, l3 := bits.Mul64(m3, modulusTop)
	t4, c = bits.Add64(t4, 0, b)
	t5, c = bits.Add64(t5, 0, c)
	t6, c = bits.Add64(t6, l3, c)
	return lazy{t4, t5, t6, t7 + h3 + c}
}

// square returns mul(x, x). The reduction stands here again: the permutation is a chain of these two, and calls
// would lengthen it.
func (x lazy) square() lazy {
	// The products of different words count twice.
	var c uint64
	h1, t1 := bits.Mul64(x.l0, x.l1)
	h2, l2 := bits.Mul64(x.l0, x.l2)
	t4, l3 := bits.Mul64(x.l0, x.l3)
	t2, c := bits.Add64(h1, l2, 0)
	t3, c := bits.Add64(h2, l3, c)
	t4 += c
	h1, l1 := bits.Mul64(x.l1, x.l2)
	t5, l2 := bits.Mul64(x.l1, x.l3)
	t6, l3 := bits.Mul64(x.l2, x.l3)
	t3, c = bits.Add64(t3, l1, 0)
	t4, c = bits.Add64(t4, h1, c)
	t5 += c
	t4, c = bits.Add64(t4, l2, 0)
	t5, c = bits.Add64(t5, l3, c)
	t6 += c
	t7 := t6 >> 63
	t6 = t6<<1 | t5>>63
	t5 = t5<<1 | t4>>63
	t4 = t4<<1 | t3>>63
	t3 = t3<<1 | t2>>63
	t2 = t2<<1 | t1>>63
	t1 <<= 1

	h0, t0 := bits.Mul64(x.l0, x.l0)
	h1, l1 = bits.Mul64(x.l1, x.l1)
	h2, l2 = bits.Mul64(x.l2, x.l2)
	h3, l3 := bits.Mul64(x.l3, x.l3)
	t1, c = bits.Add64(t1, h0, 0)
	t2, c = bits.Add64(t2, l1, c)
	t3, c = bits.Add64(t3, h1, c)
	t4, c = bits.Add64(t4, l2, c)
	t5, c = bits.Add64(t5, h2, c)
	t6, c = bits.Add64(t6, l3, c)
	t7 += h3 + c

	m0, b := bits.Sub64(0, t0, 0)
	m1, b := bits.Sub64(0, t1, b)
	m2, b := bits.Sub64(0, t2, b) // b is what the cleared words carry
	h0, l0 := bits.Mul64(m0, modulusTop)
	h1, l1 = bits.Mul64(m1, modulusTop)
	h2, l2 = bits.Mul64(m2, modulusTop)
	l1, c = bits.Add64(l1, h0, 0)
	l2, c = bits.Add64(l2, h1, c)
	h2 += c
	t3, c = bits.Add64(t3, l0, b)
	t4, c = bits.Add64(t4, l1, c)
	t5, c = bits.Add64(t5, l2, c)
	t6, c = bits.Add64(t6, h2, c)
	t7 += c

	m3, b := bits.Sub64(0, t3, 0)
	h3, l3 = bits.Mul64(m3, modulusTop)
	t4, c = bits.Add64(t4, 0, b)
	t5, c = bits.Add64(t5, 0, c)
	t6, c = bits.Add64(t6, l3, c)
	return lazy{t4, t5, t6, t7 + h3 + c}
}

// cube returns x³ below 2p for x below 9p: x² < (81/32 + 1)·p and x³ < (3.54·9/32 + 1)·p, since p/2^256 < 1/31.9.
func (x lazy) cube() lazy { return x.square().mul(x) }

// hadesKeys are the round keys: those of the first four full rounds; for each partial round the key of the third
// element; those of the last four full rounds. In partial rounds only the third element is not linear: the keys of
// the other two are carried through to the round after.
type hadesKeys struct {
	first   [fullRounds / 2][3]lazy
	partial [partialRounds]lazy
	last    [fullRounds / 2][3]lazy
}

var keys = newHadesKeys()

// newHadesKeys derives key i of the flat list as SHA-256("Hades" ‖ decimal i) modulo p.
func newHadesKeys() (k hadesKeys) {
	next := 0
	draw := func() (e [3]fp.Element) {
		for i := range e {
			sum := sha256.Sum256([]byte("Hades" + strconv.Itoa(next)))
			e[i].SetBigInt(new(big.Int).SetBytes(sum[:]))
			next++
		}
		return e
	}
	set := func(dst *[3]lazy, e [3]fp.Element) {
		for i := range e {
			dst[i] = lazy{e[i][0], e[i][1], e[i][2], e[i][3]}
		}
	}
	for r := range k.first {
		set(&k.first[r], draw())
	}
	var carried [3]fp.Element
	add := func() [3]fp.Element {
		e := draw()
		for i := range e {
			e[i].Add(&e[i], &carried[i])
		}
		return e
	}
	for r := range k.partial {
		e := add()
		k.partial[r] = lazy{e[2][0], e[2][1], e[2][2], e[2][3]}
		// The matrix times (e0, e1, 0).
		var sum fp.Element
		sum.Add(&e[0], &e[1])
		carried[0].Double(&e[0]).Add(&carried[0], &sum)
		carried[1].Sub(&e[0], &e[1])
		carried[2] = sum
	}
	for r := range k.last {
		e := draw()
		if r == 0 {
			for i := range e {
				e[i].Add(&e[i], &carried[i])
			}
		}
		set(&k.last[r], e)
	}
	return k
}

// mix returns the matrix ((3, 1, 1), (1, -1, 1), (1, 1, -2)) times elements below 2p, each again below 2p.
func mix(x, y, z lazy) (lazy, lazy, lazy) {
	a := x.double().add(x).add(y).add(z) // < 10p
	b := x.add(z).sub(y, 2)              // < 6p
	c := x.add(y).sub(z.double(), 4)     // < 8p
	return a.reduce(), b.reduce(), c.reduce()
}

// fullRound adds keys below p to elements of which the first two are below 2p and the third below 8p.
func fullRound(x, y, z lazy, k *[3]lazy) (lazy, lazy, lazy) {
	return mix(x.add(k[0]).cube(), y.add(k[1]).cube(), z.add(k[2]).cube())
}

// hades is the Hades permutation of Starknet's Poseidon. Its time depends on its input only in how the result is
// brought below p.
func hades(state *[3]felt.Felt) {
	load := func(f *felt.Felt) lazy { return lazy{f[0], f[1], f[2], f[3]} }
	x, y, z := load(&state[0]), load(&state[1]), load(&state[2])
	for r := range keys.first {
		x, y, z = fullRound(x, y, z, &keys.first[r])
	}
	z = z.add(keys.partial[0])
	for r := range keys.partial {
		// x, y < 2p and z < 9p. The next z is x + y - 2c and its key: what waits for the cube c is one subtraction.
		var next lazy
		if r+1 < partialRounds {
			next = keys.partial[r+1]
		}
		s := x.add(y)
		c := z.cube()
		z = s.add(next).sub(c.double(), 4)
		x, y = s.add(x.double()).add(c).reduce(), x.add(c).sub(y, 2).reduce()
	}
	z = z.reduce()
	for r := range keys.last {
		x, y, z = fullRound(x, y, z, &keys.last[r])
	}
	state[0], state[1], state[2] = felt.Felt(x.element()), felt.Felt(y.element()), felt.Felt(z.element())
}
