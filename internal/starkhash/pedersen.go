package starkhash

import (
	"sync"

	"github.com/NethermindEth/juno/core/felt"
	starkcurve "github.com/consensys/gnark-crypto/ecc/stark-curve"
	"github.com/consensys/gnark-crypto/ecc/stark-curve/fp"
)

// Pedersen returns the Pedersen hash of two elements: with x = x₀ + 2²⁴⁸·x₁ and y likewise, the x-coordinate of
//
//	S + x₀·P₁ + x₁·P₂ + y₀·P₃ + y₁·P₄
//
// for five fixed points of the STARK curve (Starknet's documentation, "Hash functions", and cairo-lang's
// fast_pedersen_hash.py). Its tables, 1,890 points, are computed when it is called first.
func Pedersen(x, y felt.Felt) felt.Felt {
	t := pedersenTables()
	sum := t.shift
	for i, operand := range [2]felt.Felt{x, y} {
		digits := operand.Bytes() // big-endian, two digits of base 16 a byte
		for at := range t.multiples[i] {
			digit := digits[len(digits)-1-at/2] >> (at % 2 * 4) & 15
			if digit > 0 {
				sum.AddMixed(&t.multiples[i][at][digit-1])
			}
		}
	}
	var hash starkcurve.G1Affine
	return felt.Felt(hash.FromJacobian(&sum).X)
}

// PedersenMany returns h(…h(h(0, e_1), e_2)…, n), the Pedersen hash of a list.
func PedersenMany(elements ...felt.Felt) felt.Felt {
	var h felt.Felt
	for i := range elements {
		h = Pedersen(h, elements[i])
	}
	return Pedersen(h, felt.FromUint64[felt.Felt](uint64(len(elements))))
}

// The digits of an operand in base 16: those of its low 248 bits, and one above them.
const (
	lowDigits    = 62
	pedersenSize = lowDigits + 1
)

// pedersenTable holds the multiples that a hash adds up.
type pedersenTable struct {
	shift starkcurve.G1Jac
	// multiples[i][at][d−1] is what digit d > 0 at this place of operand i contributes.
	multiples [2][pedersenSize][15]starkcurve.G1Affine
}

// The points S, P₁, …, P₄, by their coordinates.
var pedersenPoints = [5][2]string{
	{"2089986280348253421170679821480865132823066470938446095505822317253594081284",
		"1713931329540660377023406109199410414810705867260802078187082345529207694986"},
	{"996781205833008774514500082376783249102396023663454813447423147977397232763",
		"1668503676786377725805489344771023921079126552019160156920634619255970485781"},
	{"2251563274489750535117886426533222435294046428347329203627021249169616184184",
		"1798716007562728905295480679789526322175868328062420237419143593021674992973"},
	{"2138414695194151160943305727036575959195309218611738193261179310511854807447",
		"113410276730064486255102093846540133784865286929052426931474106396135072156"},
	{"2379962749567351885752724891227938183011949129833673362440656643086021394946",
		"776496453633298175483985398648758586525933812536653089401905292063708816422"},
}

// pedersenPoint returns one of the points.
func pedersenPoint(i int) (p starkcurve.G1Jac) {
	var a starkcurve.G1Affine
	for at, coordinate := range [2]*fp.Element{&a.X, &a.Y} {
		if _, err := coordinate.SetString(pedersenPoints[i][at]); err != nil {
			panic(err) // a constant
		}
	}
	return *p.FromAffine(&a)
}

var pedersenTables = sync.OnceValue(newPedersenTable)

func newPedersenTable() *pedersenTable {
	t := &pedersenTable{shift: pedersenPoint(0)}
	points := make([]starkcurve.G1Jac, 0, 2*pedersenSize*15)
	for i := range t.multiples {
		unit := pedersenPoint(1 + 2*i)
		for at := range t.multiples[i] {
			if at == lowDigits {
				unit = pedersenPoint(2 + 2*i)
			}
			multiple := unit
			for range 15 {
				points = append(points, multiple)
				multiple.AddAssign(&unit)
			}
			unit = multiple // 16 of them
		}
	}
	affine := starkcurve.BatchJacobianToAffineG1(points)
	for i := range t.multiples {
		for at := range t.multiples[i] {
			affine = affine[copy(t.multiples[i][at][:], affine):]
		}
	}
	return t
}
