package elgamal

import (
	"testing"

	"pgregory.net/rapid"
)

// drawScalar yields scalars of any limbs, 0, small ones and small ones below n.
func drawScalar(t *rapid.T, label string) Scalar {
	var s Scalar
	switch rapid.IntRange(0, 3).Draw(t, label+" kind") {
	case 0:
		s.SetUint64(rapid.Uint64Range(0, 3).Draw(t, label))
	case 1:
		s.SetUint64(rapid.Uint64Range(0, 3).Draw(t, label)).Neg(&s)
	case 2: // limbs that carry: any below those of n are a Montgomery form
		limb := rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{0, 1, 1<<64 - 1}))
		s = Scalar{limb.Draw(t, label), limb.Draw(t, label), limb.Draw(t, label), rapid.Uint64Range(0, order[3]-1).Draw(t, label)}
	default:
		s.SetBytes(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, label))
	}
	return s
}

// TestSecretArithmetic compares with gnark-crypto's.
func TestSecretArithmetic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := drawScalar(t, "x"), drawScalar(t, "y")
		v := rapid.Uint64().Draw(t, "v")
		wide := [48]byte(rapid.SliceOfN(rapid.OneOf(rapid.Byte(), rapid.SampledFrom([]byte{0, 0xff})), 48, 48).Draw(t, "wide"))
		for name, got := range map[string][2]Scalar{
			"sum":        {addSecret(&x, &y), *new(Scalar).Add(&x, &y)},
			"difference": {subSecret(&x, &y), *new(Scalar).Sub(&x, &y)},
			"negative":   {subSecret(&Scalar{}, &x), *new(Scalar).Neg(&x)},
			"product":    {mulSecret(&x, &y), *new(Scalar).Mul(&x, &y)},
			"square":     {mulSecret(&x, &x), *new(Scalar).Square(&x)},
			"number":     {uint64Scalar(v), *new(Scalar).SetUint64(v)},
			"wide":       {wideScalar(&wide), *new(Scalar).SetBytes(wide[:])},
		} {
			if got[0] != got[1] {
				t.Fatalf("%s of %v and %v = %v, want %v", name, x, y, got[0], got[1])
			}
		}
	})
}

func TestWideScalar(t *testing.T) {
	for _, b := range []byte{0, 1, 0x80, 0xff} {
		var wide [48]byte
		for i := range wide {
			wide[i] = b
		}
		if got := wideScalar(&wide); got != *new(Scalar).SetBytes(wide[:]) {
			t.Errorf("48 bytes of %x = %v", b, got)
		}
	}
}
