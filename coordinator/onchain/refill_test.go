package onchain

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// left is what a deposit leaves after the contract's fee, which rounds up.
func left(units, bps uint64) uint64 {
	fee := new(big.Int).Mul(new(big.Int).SetUint64(units), new(big.Int).SetUint64(bps))
	fee.Add(fee, big.NewInt(whole-1)).Div(fee, big.NewInt(whole))
	return new(big.Int).Sub(new(big.Int).SetUint64(units), fee).Uint64()
}

func TestRefill(t *testing.T) {
	for name, c := range map[string]struct {
		must, want, have, step, bps uint64
		units                       uint64
		short, ok                   bool
	}{
		"to the high mark":           {0, 900, 5000, 1000, 0, 1000, false, true},
		"in several steps":           {10, 2500, 5000, 1000, 0, 3000, false, true},
		"with the fee":               {1000, 1000, 5000, 1000, 10, 2000, false, true},
		"as many steps as there are": {10, 2500, 2999, 1000, 0, 2000, true, true},
		"less than a step":           {700, 2500, 999, 1000, 0, 999, true, true},
		"no need, and no step":       {0, 2500, 999, 1000, 0, 0, true, true},
		"not enough":                 {700, 2500, 699, 1000, 0, 0, true, false},
		"not enough for the fee":     {700, 700, 700, 1000, 10, 0, true, false},
		"all that there is":          {math.MaxUint64, 0, math.MaxUint64, 1000, 0, math.MaxUint64, false, true},
		"everything is fee":          {1, 1, 1 << 60, 1000, whole, 0, true, false},
		"no step":                    {5, 7, 100, 0, 0, 7, false, true},
	} {
		units, short, ok := refill(c.must, c.want, c.have, c.step, c.bps)
		if units != c.units || short != c.short || ok != c.ok {
			t.Errorf("%s: %d, short %t, ok %t; want %d, %t, %t", name, units, short, ok, c.units, c.short, c.ok)
		}
	}
}

func TestRefillCovers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		must, want := rapid.Uint64().Draw(t, "must"), rapid.Uint64().Draw(t, "want")
		have, step := rapid.Uint64().Draw(t, "have"), rapid.Uint64Range(0, 1<<40).Draw(t, "step")
		bps := rapid.Uint64Range(0, whole-1).Draw(t, "bps")
		units, short, ok := refill(must, want, have, step, bps)
		switch {
		case units > have:
			t.Fatalf("%d of %d", units, have)
		case ok && left(units, bps) < must:
			t.Fatalf("%d leaves %d, less than %d", units, left(units, bps), must)
		case ok && !short && left(units, bps) < want:
			t.Fatalf("%d leaves %d, less than %d", units, left(units, bps), want)
		case !ok && left(have, bps) >= plus(must, 3):
			t.Fatalf("%d would leave %d, enough for %d", have, left(have, bps), must)
		}
	})
}
