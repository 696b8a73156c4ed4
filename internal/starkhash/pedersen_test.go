package starkhash

import (
	"testing"

	"github.com/NethermindEth/juno/core/crypto"
	"github.com/NethermindEth/juno/core/felt"
	"pgregory.net/rapid"
)

// TestPedersenAgreesWithJuno compares with another implementation, also at the edges of
// the two parts of an operand.
func TestPedersenAgreesWithJuno(t *testing.T) {
	element := rapid.OneOf(
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 32, 32), func(b []byte) felt.Felt {
			return felt.FromBytes[felt.Felt](b)
		}),
		rapid.SampledFrom([]felt.Felt{
			{},
			felt.One,
			felt.UnsafeFromString[felt.Felt]("0x800000000000011000000000000000000000000000000000000000000000000"), // −1
			felt.UnsafeFromString[felt.Felt]("0x100000000000000000000000000000000000000000000000000000000000000"), // 2²⁴⁸
			felt.UnsafeFromString[felt.Felt]("0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"),  // 2²⁴⁸ − 1
		}),
	)
	rapid.Check(t, func(t *rapid.T) {
		x, y := element.Draw(t, "x"), element.Draw(t, "y")
		if got, want := Pedersen(x, y), crypto.Pedersen(&x, &y); got != want {
			t.Fatalf("Pedersen(%s, %s) = %s, want %s", x.String(), y.String(), got.String(), want.String())
		}
	})
}

// TestKeccakAgreesWithJuno compares with another implementation.
func TestKeccakAgreesWithJuno(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "data")
		if got, want := Keccak(data), crypto.StarknetKeccak(data); got != want {
			t.Fatalf("Keccak(%x) = %s, want %s", data, got.String(), want.String())
		}
	})
}

// TestPedersenPoints: the constants are points of the curve.
func TestPedersenPoints(t *testing.T) {
	for i := range pedersenPoints {
		if p := pedersenPoint(i); !p.IsOnCurve() {
			t.Errorf("point %d is not on the curve", i)
		}
	}
}

func BenchmarkPedersen(b *testing.B) {
	x, y := felt.UnsafeFromString[felt.Felt]("0x123456789abcdef"), felt.UnsafeFromString[felt.Felt]("-0x123456789abcdef")
	Pedersen(x, y) // the tables
	for b.Loop() {
		x = Pedersen(x, y)
	}
}

func BenchmarkPedersenTables(b *testing.B) {
	for b.Loop() {
		newPedersenTable()
	}
}
