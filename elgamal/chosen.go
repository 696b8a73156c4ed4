package elgamal

import "github.com/sage-network/sage-node/internal/chosen"

func init() { chosen.ProvePay = provePayChosen }

// provePayChosen is provePay as a payer makes it who chooses the halves' randomness: for tests alone.
func provePayChosen(st PayStatement, key SecretKey, balance, amount uint64, r [2]Scalar) (*Payment, error) {
	values, x := payIntegers(balance, amount), key.x()
	blinding, err := st.blinding(nil, &x, values)
	if err != nil {
		return nil, err
	}
	return provePayWith(nil, st, key, values, r[:], blinding)
}
