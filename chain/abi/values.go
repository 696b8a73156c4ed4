package abi

import (
	"fmt"
	"math/big"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/internal/starkhash"
)

// U256 is a Cairo u256 as its 32 bytes, big-endian. Roots and hashes convert to and from [32]byte without a copy of
// meaning; amounts go through [U256FromBig] and [U256.Big].
type U256 [32]byte

// U256FromBig returns n, which must lie in [0, 2^256).
func U256FromBig(n *big.Int) (u U256, err error) {
	if n == nil || n.Sign() < 0 || n.BitLen() > 256 {
		return u, fmt.Errorf("%w: %v is no u256", ErrRange, n)
	}
	n.FillBytes(u[:])
	return u, nil
}

// MustU256 is U256FromBig for numbers that the program knows to fit; it panics where that fails.
func MustU256(n *big.Int) U256 {
	u, err := U256FromBig(n)
	if err != nil {
		panic(err)
	}
	return u
}

// U256FromUint64 returns n.
func U256FromUint64(n uint64) U256 { return MustU256(new(big.Int).SetUint64(n)) }

// Big returns the number.
func (u U256) Big() *big.Int { return new(big.Int).SetBytes(u[:]) }

// IsZero says whether the number is zero.
func (u U256) IsZero() bool { return u == U256{} }

// String returns the number in decimal.
func (u U256) String() string { return u.Big().String() }

// halves returns the two numbers that Cairo stores.
func (u U256) halves() (low, high felt.Felt) { return starkhash.SplitU256(u) }

// U128 is a Cairo u128 as its 16 bytes, big-endian.
type U128 [16]byte

// U128FromBig returns n, which must lie in [0, 2^128).
func U128FromBig(n *big.Int) (u U128, err error) {
	if n == nil || n.Sign() < 0 || n.BitLen() > 128 {
		return u, fmt.Errorf("%w: %v is no u128", ErrRange, n)
	}
	n.FillBytes(u[:])
	return u, nil
}

// U128FromUint64 returns n.
func U128FromUint64(n uint64) (u U128) {
	new(big.Int).SetUint64(n).FillBytes(u[:])
	return u
}

// Big returns the number.
func (u U128) Big() *big.Int { return new(big.Int).SetBytes(u[:]) }

// Felt returns the number as a field element.
func (u U128) Felt() felt.Felt { return felt.FromBytes[felt.Felt](u[:]) }

// IsZero says whether the number is zero.
func (u U128) IsZero() bool { return u == U128{} }

// String returns the number in decimal.
func (u U128) String() string { return u.Big().String() }

// Tuple2 is a Cairo tuple of two.
type Tuple2[A, B any] struct {
	V0 A
	V1 B
}

// Tuple3 is a Cairo tuple of three.
type Tuple3[A, B, C any] struct {
	V0 A
	V1 B
	V2 C
}

// Tuple4 is a Cairo tuple of four.
type Tuple4[A, B, C, D any] struct {
	V0 A
	V1 B
	V2 C
	V3 D
}
