package settle

import (
	"math/big"

	"github.com/sage-network/sage-node/internal/amount"
)

// Funds are what the payer has, and the marks that it is kept between. Sums are private units where nothing
// else is said.
type Funds struct {
	Public  *big.Int // wei of SAGE
	Fees    *big.Int // smallest unit of STRK
	Private uint64   // what payments are made of
	Pending uint64   // refunds that are taken in when they are needed
	// Below Low the private balance is filled up to High, in multiples of Deposit.
	Low, High, Deposit uint64
}

// Level is what funds suffice for.
type Level string

// The levels.
const (
	LevelOK    Level = "ok"    // above the low mark, or a deposit is covered
	LevelLow   Level = "low"   // below the low mark, and the public balance covers no deposit
	LevelEmpty Level = "empty" // not enough for one payment either
)

// Level says whether the funds suffice for payments of the price.
func (f Funds) Level(price uint64) Level {
	spendable := new(big.Int).Add(amount.FromUnits(f.Private), amount.FromUnits(f.Pending))
	switch {
	case spendable.Cmp(amount.FromUnits(f.Low)) >= 0 && spendable.Cmp(amount.FromUnits(price)) >= 0:
		return LevelOK
	case f.Public.Sign() > 0 && f.Public.Cmp(amount.FromUnits(max(f.Deposit, price))) >= 0:
		return LevelOK
	case spendable.Cmp(amount.FromUnits(price)) >= 0:
		return LevelLow
	}
	return LevelEmpty
}
