// Package amount reads and writes amounts of SAGE exactly. On-chain amounts have 18 decimals
// ("wei"); private balances count units of 10^9 wei in 64 bits. No floating point anywhere.
package amount

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
)

// Decimals of the token.
const Decimals = 18

// ErrBadAmount means that a text is not an amount of SAGE, or that an amount does not fit.
var ErrBadAmount = errors.New("amount: not an amount of SAGE")

var (
	// UnitWei is the number of wei in one private unit.
	UnitWei = big.NewInt(1_000_000_000)
	one     = new(big.Int).Exp(big.NewInt(10), big.NewInt(Decimals), nil)
	maxU256 = new(big.Int).Lsh(big.NewInt(1), 256)
)

// SAGE is n whole SAGE in wei.
func SAGE(n uint64) *big.Int { return new(big.Int).Mul(new(big.Int).SetUint64(n), one) }

// Parse reads a decimal number of SAGE such as "1000" or "0.25" into wei.
func Parse(s string) (*big.Int, error) {
	whole, frac, dotted := strings.Cut(s, ".")
	if whole == "" || dotted && frac == "" || len(frac) > Decimals || len(whole) > 60 {
		return nil, fmt.Errorf("%w: %q; write a decimal number with at most %d decimals", ErrBadAmount, s, Decimals)
	}
	digits := whole + frac + strings.Repeat("0", Decimals-len(frac))
	for _, c := range digits {
		if c < '0' || c > '9' {
			return nil, fmt.Errorf("%w: %q; write a decimal number such as 1000 or 0.25", ErrBadAmount, s)
		}
	}
	wei, _ := new(big.Int).SetString(digits, 10)
	if wei.Cmp(maxU256) >= 0 {
		return nil, fmt.Errorf("%w: %q is over 2^256 wei", ErrBadAmount, s)
	}
	return wei, nil
}

// Format writes wei as SAGE with the decimals that are not zero.
func Format(wei *big.Int) string {
	sign := ""
	abs := new(big.Int).Abs(wei)
	if wei.Sign() < 0 {
		sign = "-"
	}
	whole, rest := new(big.Int).QuoRem(abs, one, new(big.Int))
	if rest.Sign() == 0 {
		return sign + whole.String()
	}
	frac := fmt.Sprintf("%0*s", Decimals, rest.String())
	return sign + whole.String() + "." + strings.TrimRight(frac, "0")
}

// FormatUnits writes private units as SAGE.
func FormatUnits(units uint64) string { return Format(FromUnits(units)) }

// FromUnits is the wei of a number of private units.
func FromUnits(units uint64) *big.Int {
	return new(big.Int).Mul(new(big.Int).SetUint64(units), UnitWei)
}

// Units is the number of private units in wei. Amounts that are no whole number of units, and those
// of 2^64 units and more, are refused.
func Units(wei *big.Int) (uint64, error) {
	q, r := new(big.Int).QuoRem(wei, UnitWei, new(big.Int))
	if r.Sign() != 0 || wei.Sign() < 0 || !q.IsUint64() {
		return 0, fmt.Errorf("%w: %s SAGE; private amounts are multiples of 0.000000001 SAGE below 2^64 of them", ErrBadAmount, Format(wei))
	}
	return q.Uint64(), nil
}
