package onchain

import (
	"math"
	"math/big"
)

// whole is all of an amount in basis points.
const whole = 10_000

// gross is a deposit of which at least units are left after a fee of bps basis points, rounded up; MaxUint64 when
// there is none.
func gross(units, bps uint64) uint64 {
	if units == 0 || bps == 0 {
		return units
	}
	if bps >= whole {
		return math.MaxUint64
	}
	g := new(big.Int).Mul(new(big.Int).SetUint64(units), big.NewInt(whole))
	g.Div(g, big.NewInt(whole-int64(bps)))
	g.Add(g, big.NewInt(2)) // both divisions round
	if !g.IsUint64() {
		return math.MaxUint64
	}
	return g.Uint64()
}

// up rounds up to a multiple of step, if that is a u64.
func up(units, step uint64) uint64 {
	rest := units % step
	if rest == 0 || units > math.MaxUint64-step {
		return units
	}
	return units + step - rest
}

// refill is the deposit that leaves at least must units after the fee, and want if have covers it: a multiple of
// step, so that a public deposit tells little of a private price; less than a step only where have covers no more.
// short says that want is not reached, and ok that must is.
func refill(must, want, have, step, bps uint64) (units uint64, short, ok bool) {
	step = max(step, 1)
	least, most := gross(must, bps), up(gross(max(must, want), bps), step)
	if least > have {
		return 0, true, false
	}
	if most <= have {
		return most, false, true
	}
	if units = have - have%step; units < least {
		units = have
	}
	return units, true, true
}

// plus adds, up to MaxUint64.
func plus(a, b uint64) uint64 {
	if a > math.MaxUint64-b {
		return math.MaxUint64
	}
	return a + b
}
