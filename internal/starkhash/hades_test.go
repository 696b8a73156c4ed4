package starkhash

import (
	"math/big"
	"testing"

	"github.com/NethermindEth/juno/core/crypto"
	"github.com/NethermindEth/juno/core/felt"
	"github.com/consensys/gnark-crypto/ecc/stark-curve/fp"
	"pgregory.net/rapid"
)

// edgeFelts are values at the ends of the field, in and out of Montgomery form.
func edgeFelts() []felt.Felt {
	var edges []felt.Felt
	for _, v := range []*big.Int{big.NewInt(0), big.NewInt(1), big.NewInt(2), new(big.Int).Lsh(big.NewInt(1), 192), new(big.Int).Lsh(big.NewInt(1), 250)} {
		var x, negative fp.Element
		x.SetBigInt(v)
		negative.Neg(&x)
		raw := fp.Element{}
		raw[0] = v.Uint64() // limbs as they are
		edges = append(edges, felt.Felt(x), felt.Felt(negative), felt.Felt(raw))
	}
	return edges
}

func TestHadesEqualsTheLibrarys(t *testing.T) {
	check := func(t interface{ Fatalf(string, ...any) }, state [3]felt.Felt) {
		got, want := state, state
		hades(&got)
		crypto.HadesPermutation(want[:])
		if got != want {
			t.Fatalf("permutation of %v = %v, want %v", state, got, want)
		}
	}
	edges := edgeFelts()
	for _, a := range edges {
		for _, b := range edges {
			check(t, [3]felt.Felt{a, b, edges[3]})
			check(t, [3]felt.Felt{edges[1], a, b})
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		var state [3]felt.Felt
		for i := range state {
			state[i].SetBytes(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "element"))
		}
		check(t, state)
	})
}

// Numbers at the bounds that the comments state keep to them.
func TestLazyBounds(t *testing.T) {
	p := fp.Modulus()
	number := func(x lazy) *big.Int {
		n := new(big.Int)
		for _, l := range []uint64{x.l3, x.l2, x.l1, x.l0} {
			n.Add(n.Lsh(n, 64), new(big.Int).SetUint64(l))
		}
		return n
	}
	fromNumber := func(n *big.Int) lazy {
		w := new(big.Int).Set(n)
		limb := func() uint64 {
			l := new(big.Int).And(w, new(big.Int).SetUint64(^uint64(0))).Uint64()
			w.Rsh(w, 64)
			return l
		}
		return lazy{limb(), limb(), limb(), limb()}
	}
	times := func(n int64) *big.Int { return new(big.Int).Mul(p, big.NewInt(n)) }
	inverse := new(big.Int).ModInverse(new(big.Int).Lsh(big.NewInt(1), 256), p)
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string, below *big.Int) *big.Int {
			n := new(big.Int).SetBytes(rapid.SliceOfN(rapid.Byte(), 0, 32).Draw(t, label))
			if rapid.Bool().Draw(t, "from above") {
				n.Sub(new(big.Int).Sub(below, big.NewInt(1)), new(big.Int).Mod(n, below))
			}
			return n.Mod(n, below)
		}
		x := draw("x", times(9))
		cube := number(fromNumber(x).cube())
		if cube.Cmp(times(2)) >= 0 {
			t.Fatalf("the cube of %v is %v, not below 2p", x, cube)
		}
		want := new(big.Int).Exp(x, big.NewInt(3), p)
		want.Mul(want, inverse).Mul(want, inverse).Mod(want, p)
		if new(big.Int).Mod(cube, p).Cmp(want) != 0 {
			t.Fatalf("the cube of %v is %v, want %v modulo p", x, cube, want)
		}
		y := draw("y", new(big.Int).Lsh(big.NewInt(1), 256))
		reduced := number(fromNumber(y).reduce())
		if reduced.Cmp(times(2)) >= 0 || new(big.Int).Mod(new(big.Int).Sub(reduced, y), p).Sign() != 0 {
			t.Fatalf("%v is reduced to %v", y, reduced)
		}
	})
}

func BenchmarkHades(b *testing.B) {
	var state [3]felt.Felt
	b.Run("ours", func(b *testing.B) {
		for b.Loop() {
			hades(&state)
		}
	})
	b.Run("library", func(b *testing.B) {
		for b.Loop() {
			crypto.HadesPermutation(state[:])
		}
	})
}
