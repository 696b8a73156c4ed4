package amount

import (
	"errors"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	for _, tc := range []struct{ in, wei string }{
		{"0", "0"}, {"1", "1000000000000000000"}, {"0.25", "250000000000000000"},
		{"1000.000000000000000001", "1000000000000000000001"}, {"007", "7000000000000000000"},
	} {
		got, err := Parse(tc.in)
		if err != nil || got.String() != tc.wei {
			t.Errorf("Parse(%q) = %v, %v; want %s", tc.in, got, err, tc.wei)
		}
	}
	for _, bad := range []string{"", ".", "1.", ".5", "-1", "1e3", "1,5", "0x10", " 1", "1.0000000000000000001", "9999999999999999999999999999999999999999999999999999999999999", "+1", "١"} {
		if _, err := Parse(bad); !errors.Is(err, ErrBadAmount) {
			t.Errorf("Parse(%q): %v, want ErrBadAmount", bad, err)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		wei := new(big.Int).SetBytes(rapid.SliceOfN(rapid.Byte(), 0, 31).Draw(t, "wei"))
		back, err := Parse(Format(wei))
		if err != nil || back.Cmp(wei) != 0 {
			t.Fatalf("%v became %v, %v", wei, back, err)
		}
		units := rapid.Uint64().Draw(t, "units")
		if u, err := Units(FromUnits(units)); err != nil || u != units {
			t.Fatalf("%d units became %d, %v", units, u, err)
		}
	})
}

func TestUnitsRefuses(t *testing.T) {
	over := new(big.Int).Lsh(UnitWei, 64)
	for _, wei := range []*big.Int{big.NewInt(1), big.NewInt(-1_000_000_000), over} {
		if _, err := Units(wei); !errors.Is(err, ErrBadAmount) {
			t.Errorf("Units(%v): %v, want ErrBadAmount", wei, err)
		}
	}
}
