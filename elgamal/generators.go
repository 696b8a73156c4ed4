package elgamal

import (
	"sync"

	starkcurve "github.com/consensys/gnark-crypto/ecc/stark-curve"
	"github.com/consensys/gnark-crypto/ecc/stark-curve/fp"

	"github.com/sage-network/sage-node/elgamal/curve"
)

// generator is a fixed base of scalar multiplications; its table is made at
// first use.
type generator struct {
	point Point
	once  sync.Once
	table *curve.Table
}

func (g *generator) multiples() *curve.Table {
	g.once.Do(func() { g.table = curve.NewTable(&g.point.a) })
	return g.table
}

// mulSecret returns s·g in constant time.
func (g *generator) mulSecret(s *Scalar) curve.Point { return g.multiples().Mul(s) }

// mulPublic returns s·g for an s that anybody may know.
func (g *generator) mulPublic(s *Scalar) starkcurve.G1Jac { return g.multiples().MulPublic(s) }

// The two generators. G is Starknet's. Nobody knows the discrete logarithm of
// H to G: its abscissa is Poseidon(G.x, 1), the first counter for which that is
// an abscissa of the curve (the derivation and value that Tongo uses).
var (
	baseG = &generator{point: generatorG()}
	baseH = &generator{point: generatorH()}
)

// G returns Starknet's generator, the base of keys and of encrypted values.
func G() Point { return baseG.point }

// H returns the second generator, the base of blinding factors in range proofs.
func H() Point { return baseH.point }

func generatorG() Point {
	_, g := starkcurve.Generators()
	return Point{g}
}

func generatorH() Point {
	return Point{starkcurve.G1Affine{
		X: mustElement("0x162eb5cc8f50e522225785a604ba6d7e9ab06b647157f77c59a06032610b2d2"),
		Y: mustElement("0x220a56864c490175202e3e34db0e24d12979fbfacea16a360e8feb1f6749192"),
	}}
}

func mustElement(s string) fp.Element {
	var e fp.Element
	if _, err := e.SetString(s); err != nil {
		panic(err)
	}
	return e
}
