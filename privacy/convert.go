package privacy

import (
	"fmt"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/elgamal"
)

// The proofs and the bindings meet in their wire form: elgamal writes the felts
// that the contracts read, and the bindings decode exactly those.

func toBinding[T any](felts []felt.Felt, decode func(*abi.Decoder) T) (T, error) {
	d := abi.NewDecoder(felts)
	out := decode(d)
	if err := d.Finish(); err != nil {
		return out, fmt.Errorf("privacy: proof does not fit the contract's type: %w", err)
	}
	return out, nil
}

func bindingPoint(p elgamal.Point) bindings.Point { return bindings.Point{X: p.X(), Y: p.Y()} }

func ciphertext(c bindings.Ciphertext) (elgamal.Ciphertext, error) {
	l, err := elgamal.NewPoint(c.L.X, c.L.Y)
	if err != nil {
		return elgamal.Ciphertext{}, err
	}
	r, err := elgamal.NewPoint(c.R.X, c.R.Y)
	return elgamal.Ciphertext{L: l, R: r}, err
}

func parseEscrow(e bindings.Escrow) (elgamal.Escrow, error) {
	return elgamal.ParseEscrow(abi.Encode(e.Encode))
}
